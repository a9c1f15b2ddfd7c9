"""The doctrine's own names: CL, its identities, the anchor, what it mints, the sub-hubs, the gate.

The proof, the catalog, preflight, the loader and the documentation go by them, and each of them
means the same.
"""

CL = "cl"
"""The source, its staging folder, and the schema where no var names another."""
CL_IDENTITY = "company_identity"
COMPANIES = "stg_cl__companies"
"""The staging model of that table."""
ANCHOR = "company_target"
COMPANY_ID, TARGET_ID = "company_unique_id", "target_id"
IDENTITY_COLUMNS = (COMPANY_ID, TARGET_ID)
MINTED = (TARGET_ID, COMPANY_ID, "sequence_num", "first_targeted_at")
"""What is given once, with a target, and never changes: the registry and the anchor have it."""
HUB_FOLDERS = ("people", "dol", "blog", "execution")
DOCTRINE_IDS = {
    CL: "04.04.04.01",
    ANCHOR: "04.04.04.01",
    "people": "04.04.04.02",
    "dol": "04.04.04.03",
    "blog": "04.04.04.04",
}
"""The id of a room, by its folder."""
OUTREACH_ID = "04.04.04"
GATE = "identity_gate"
"""The test that holds what has landed to CL's identities."""
