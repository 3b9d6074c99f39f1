"""The companies of the world of tests, after the manual's case: who belongs where, and what follows for whom.

My Company (no parent, manager admin) · Customer #A (manager user1) · Customer #B (manager manager1), both its children. user1 and manager1
belong to My Company, user2 to Customer #A.
"""

from core.testing import Part

WORLD = (
    Part("companies.role", name="roles", rows=[{"name": "Customer"}, {"name": "Provider"}]),
    Part(
        "companies.company",
        name="companies",
        rows=[
            {"name": "My Company", "parent_id": None, "manager_id": "admin"},
            {"name": "Customer #A", "parent_id": 1, "manager_id": "user1"},
            {"name": "Customer #B", "parent_id": 1, "manager_id": "manager1"},
        ],
        key="company_id",
        people={"user1": "My Company", "manager1": "My Company", "user2": "Customer #A", "onlooker1": "My Company"},
        places={"mine": "Customer #A", "seen": "Customer #B", "hidden": "My Company"},
    ),
)
