"""Is a role what the roles before it are, and more?"""

from serving.accounts.roles import ROLES


def test_each_role_stands_above_those_before_it():
    assert ROLES == ("desk", "manager", "admin")
