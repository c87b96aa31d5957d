"""No one reads or changes what is another's, by whatever route or event the app has."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.inside.programs import run_program


@pytest.mark.slow
def test_no_route_and_no_event_leads_to_what_is_anothers(tmp_path: Path) -> None:
    report, _ = run_program("ways_in.py", tmp_path)
    assert report["unknown"] == []  # give it a value in NOBODYS, or to the people in ways_in.py
    assert report["leaks"] == []
    assert report["ways"] > 1000
    assert set(report["open"]) >= {  # to her, so that the others would have found something
        "GET /project/thread/{thread_id}",
        "GET /project/thread/{thread_id}/element/{element_id}",
        "GET /project/file/{file_id}",
        "GET /kept/{thread_id}/{element_id}",
        "GET /chats/{thread_id}/export.{kind}",
        "GET /chats/{thread_id}/steps/{step_id}",
    }
