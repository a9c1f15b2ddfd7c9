"""Names that a reader takes for an identity's."""

import pytest

from outreach_hub.proof.names import is_called

COMPANY, TARGET = "company_unique_id", "target_id"


@pytest.mark.parametrize(
    ("name", "identity"),
    [
        *((name, COMPANY) for name in (COMPANY, "COMPANY_UNIQUE_ID", "companyUniqueId")),
        *((name, COMPANY) for name in ("parent_company_unique_id", "company_unique_id_2")),
        *((name, COMPANY) for name in ("company_unique_ids", "company_unique_id_new")),
        *((name, COMPANY) for name in ("company_id", "unique_company_id", "cl_company_id")),
        *((name, COMPANY) for name in ("clCompanyUniqueId", "company_unique_id_discount")),
        *((name, COMPANY) for name in ("\uff43ompany_unique_id", "\u0441ompany_unique_id")),
        *((name, TARGET) for name in (TARGET, "target_id2", "target_ids", "target_id_new")),
        *((name, TARGET) for name in ("tgt_id", "old_target_id_raw", "outreach_target_id")),
    ],
)
def test_a_reader_takes_the_name_for_the_identity(name: str, identity: str) -> None:
    assert is_called(name, identity)


@pytest.mark.parametrize(
    ("name", "identity"),
    [
        *((name, COMPANY) for name in ("company_name", "company_unique_id_count", TARGET)),
        *((name, TARGET) for name in ("target_ids_total", "target_idle", "retarget_id", COMPANY)),
        *((name, TARGET) for name in ("target_identity", "target_status")),
    ],
)
def test_other_names_are_free(name: str, identity: str) -> None:
    assert not is_called(name, identity)
