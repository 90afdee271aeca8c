"""
What importing a package costs over bare Python: milliseconds of a fresh interpreter.

    python benchmarks/imports.py

All take turns, in an order that changes; the least of each is shown, as noise only ever adds.
"""

from __future__ import annotations

import random
import subprocess
import sys
import time

ROUNDS = 30
BARE = "pass"
STATEMENTS = [
    BARE,
    "import supaopt",
    "import supaopt.auth",
    "import supaopt.selectors",
    "import supaopt.rpc",
    "import supaopt.cache",
    "import supabase",
]


def cost(statement: str) -> float:
    """
    Return how long a fresh interpreter takes for *statement*, in milliseconds.
    """
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True)
    return (time.perf_counter() - start) * 1000


def main() -> None:
    """
    Print the table.
    """
    costs: dict[str, list[float]] = {statement: [] for statement in STATEMENTS}
    for _ in range(ROUNDS):
        for statement in random.sample(STATEMENTS, len(STATEMENTS)):
            costs[statement].append(cost(statement))
    bare = min(costs[BARE])
    print(f"{'bare Python':26} {bare:7.1f} ms")
    for statement in STATEMENTS[1:]:
        print(f"{statement:26} {min(costs[statement]) - bare:7.1f} ms more")


if __name__ == "__main__":
    main()
