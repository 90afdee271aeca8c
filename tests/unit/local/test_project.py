"""
Tests of `supaopt.local._project`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import jwt
import pytest

from supaopt.errors import StackError
from supaopt.local._project import Project

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(name="project", scope="module")
def _project() -> Project:
    return Project.create()


def test_a_project_is_kept_for_its_owner_alone(tmp_path: Path) -> None:
    """
    The second opening gives the same keys, from a file that others cannot read.
    """
    first, second = Project.open(tmp_path), Project.open(tmp_path)

    assert first == second
    assert 0o600 == (tmp_path / "project.json").stat().st_mode & 0o777


def test_projects_share_no_secret(project: Project) -> None:
    """
    Two projects have different keys throughout.
    """
    other = Project.create()

    same = [name for name in Project.__slots__ if getattr(project, name) == getattr(other, name)]
    assert [] == same


def test_the_repr_shows_no_secret(project: Project) -> None:
    """
    Nothing of a project can slip into a log.
    """
    assert "Project()" == repr(project)


@pytest.mark.parametrize("role", ["anon", "service_role"])
def test_a_legacy_key_is_a_token_of_its_role(project: Project, role: str) -> None:
    """
    Legacy keys verify with the project's secret and name their role.
    """
    claims = jwt.decode(project.legacy_key(role), project.jwt_secret, ["HS256"])

    assert role == claims["role"]


def test_a_file_of_another_version_is_refused(tmp_path: Path) -> None:
    """
    A file with other fields is named, with what to do.
    """
    (tmp_path / "project.json").write_text('{"secret_key": "s"}')

    with pytest.raises(StackError, match="delete the folder"):
        Project.open(tmp_path)
