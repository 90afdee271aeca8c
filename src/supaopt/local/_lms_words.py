"""
Words for sample data: people, colleges, mail addresses, phones and learning prose.

Every value is drawn from the `random.Random` that the caller seeds. Addresses and numbers belong to
nobody: domains end in ``.example`` (RFC 2606), Indian mobiles start with 5, which is not assigned.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from random import Random

_GIVEN: Final = (
    *("Aarav", "Aditi", "Aditya", "Ananya", "Anjali", "Arjun", "Divya", "Fatima", "Harini"),
    *("Imran", "Ishaan", "Kabir", "Karthik", "Kavya", "Lakshmi", "Meera", "Mohammed", "Nandini"),
    *("Neha", "Nikhil", "Pooja", "Pranav", "Priya", "Rahul", "Riya", "Rohan", "Sahil", "Sanjay"),
    *("Shreya", "Siddharth", "Sneha", "Tanvi", "Varun", "Vikram", "Zoya", "Alice", "Charlotte"),
    *("Daniel", "Emily", "George", "Grace", "Harry", "Isla", "James", "Oliver", "Sophie", "Thomas"),
)
_FAMILY: Final = (
    *("Agarwal", "Banerjee", "Bhat", "Chatterjee", "Das", "Deshmukh", "Fernandes", "Gupta", "Iyer"),
    *("Jain", "Joshi", "Kapoor", "Khan", "Kulkarni", "Mehta", "Menon", "Mishra", "Nair", "Patel"),
    *("Pillai", "Rao", "Reddy", "Sharma", "Shetty", "Singh", "Sinha", "Subramanian", "Verma"),
    *("Yadav", "Ahmed", "D'Souza", "Bennett", "Clarke", "Evans", "Hughes", "Turner", "Walker"),
)
_TOWNS: Final = (
    *("Bengaluru", "Bhopal", "Chandigarh", "Chennai", "Coimbatore", "Hubballi", "Hyderabad"),
    *("Indore", "Jaipur", "Kochi", "Lucknow", "Mangaluru", "Mysuru", "Nagpur", "Nashik", "Pune"),
    *("Surat", "Vadodara", "Vijayawada", "Visakhapatnam"),
)
_PATRONS: Final = (
    *("Saraswati", "Tungabhadra", "Deccan", "Nilgiri", "Coromandel", "Vindhya", "Sahyadri"),
    *("Kaveri", "Narmada", "Lotus Valley", "Banyan", "St Aidan's", "Northgate", "Ridgeway"),
)
_KINDS: Final = (
    *("College of Engineering", "Institute of Technology", "Institute of Management"),
    *("University", "Women's College", "Polytechnic", "College of Commerce", "Skills Academy"),
)
TOPICS: Final = (
    *("SQL joins", "window functions", "Python generators", "unit testing", "REST design"),
    *("spreadsheet models", "probability", "hypothesis tests", "data cleaning", "dashboards"),
    *("customer interviews", "negotiation", "email etiquette", "group discussions", "budgeting"),
    *("supply chains", "financial ratios", "network basics", "cloud storage", "access control"),
    *("version control", "agile planning", "code review", "incident response", "public speaking"),
)
TRACKS: Final = (
    *("Data Analyst", "Backend Developer", "Business Analyst", "Cloud Support Engineer"),
    *("Digital Marketer", "Financial Analyst", "Product Manager", "QA Engineer", "UX Designer"),
    *("Operations Executive", "Sales Consultant", "Cyber Security Associate"),
)
_ACTORS: Final = (
    *("A new analyst", "The project lead", "An intern", "The review panel", "A careful engineer"),
    *("The client", "Your team", "A recruiter", "The database administrator", "A good mentor"),
    *("The support desk", "An auditor", "Each learner", "A product owner", "The night shift"),
)
_VERBS: Final = (
    *("compares", "documents", "measures", "questions", "rewrites", "summarises", "tests"),
    *("simplifies", "explains", "prepares", "shares", "checks", "plans", "estimates", "splits"),
)
_OBJECTS: Final = (
    *("the monthly report", "every assumption", "two candidate designs", "the slowest query"),
    *("a sample of the records", "the hand-over notes", "the error budget", "one clear metric"),
    *("the interview answers", "a failing example", "the cost of each option", "missing values"),
    *("the release checklist", "a short proposal", "the customer's last complaint"),
)
_ENDINGS: Final = (
    *("before the meeting starts", "so that others can repeat it", "to find the real cause"),
    *("without changing the result", "while the figures are fresh", "and writes down the reason"),
    *("to save a day of rework", "with the people who use it", "in plain words", "one at a time"),
    *("as the contract asks", "before anyone is blamed", "until both totals agree"),
)


@dataclass(frozen=True, slots=True)
class Person:
    """
    A learner or a member of staff.

    Attributes:
        name: Given and family name.
        email: An address at the college's domain, unique by the number in it.
        phone: In international form.
    """

    name: str
    email: str
    phone: str


def person(rng: Random, number: int, domain: str) -> Person:
    """
    Return the *number*-th person of *domain*.
    """
    given, family = rng.choice(_GIVEN), rng.choice(_FAMILY)
    mailbox = f"{given}.{family}{number}".lower().replace("'", "")
    return Person(f"{given} {family}", f"{mailbox}@{domain}", phone(rng))


def phone(rng: Random) -> str:
    """
    Return an Indian mobile number that no operator can assign.
    """
    return f"+91 5{rng.randrange(10_000):04d} {rng.randrange(100_000):05d}"


def college(number: int) -> str:
    """
    Return the name of the *number*-th college; the first two thousand differ.
    """
    rest, patron = divmod(number, len(_PATRONS))
    rest, kind = divmod(rest, len(_KINDS))
    # Neighbours differ in all three parts.
    town = _TOWNS[(rest + kind + patron * 3) % len(_TOWNS)]
    return f"{_PATRONS[patron]} {_KINDS[(kind + patron) % len(_KINDS)]}, {town}"


def domain(college_name: str, number: int) -> str:
    """
    Return the mail domain of a college.
    """
    words = college_name.replace("'", "").replace(",", "").lower().split()
    return f"{'-'.join(words[:2])}-{number}.example"


def sentence(rng: Random) -> str:
    """
    Return one sentence of 40 to 110 characters.
    """
    parts = (rng.choice(_ACTORS), rng.choice(_VERBS), rng.choice(_OBJECTS), rng.choice(_ENDINGS))
    return f"{' '.join(parts)}."


def prose(rng: Random, length: int) -> str:
    """
    Return whole sentences, at least *length* characters of them.
    """
    sentences = [sentence(rng)]
    while sum(map(len, sentences)) < length:
        sentences.append(sentence(rng))
    return " ".join(sentences)


def clause(rng: Random) -> str:
    """
    Return the text of one answer to choose, such as ``Measures the slowest query``.
    """
    return f"{rng.choice(_VERBS)} {rng.choice(_OBJECTS)}".capitalize()
