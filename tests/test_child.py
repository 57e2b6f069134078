"""The parent survives whatever a child does, and no child outlives its parent."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from app import child as children
from app.child import Child
from app.errors import Code, ProblemError
from app.reading.messages import Opened, ReadFile

ROGUE = Path(__file__).with_name("rogue_child.py")
ASK = ReadFile("path", "a name", "work")


def rogue(way: str, memory_limit: int = 1 << 30) -> Child:
    return Child([sys.executable, str(ROGUE), way], (Opened,), memory_limit)


def replies(child: Child, deadline: float = 20.0) -> list[object]:
    return list(child.request(ASK, lambda: deadline))


def test_replies_come_in_order_and_the_child_is_used_again() -> None:
    child = rogue("work")
    first, second = replies(child)[-1], replies(child)[-1]
    assert first == second
    assert isinstance(first, Opened)
    assert first.media_type == "a name"
    child.stop()
    assert not child.running


def test_a_named_problem_leaves_the_child_alive() -> None:
    child = rogue("problem")
    for _ in range(2):
        with pytest.raises(ProblemError) as caught:
            replies(child)
        assert caught.value.problem.code is Code.DAMAGED
        assert child.running
    child.stop()


@pytest.mark.parametrize("way", ["crash", "raise", "garbage", "unexpected"])
def test_a_child_that_breaks_is_a_crash_and_the_next_request_starts_a_new_one(way: str) -> None:
    child = rogue(way)
    for _ in range(2):
        with pytest.raises(children.ChildCrashedError):
            replies(child)
        assert not child.running


def test_the_last_words_of_a_crashed_child_are_kept() -> None:
    with pytest.raises(children.ChildCrashedError, match="not a problem that has a code"):
        replies(rogue("raise"))


def test_a_child_that_hangs_is_stopped_at_its_deadline() -> None:
    child = rogue("hang")
    with pytest.raises(children.ChildTimedOutError):
        replies(child, deadline=3.0)
    assert not child.running


def test_a_child_that_spins_is_stopped_at_its_deadline() -> None:
    child = rogue("spin")
    with pytest.raises(children.ChildTimedOutError):
        replies(child, deadline=3.0)
    assert not child.running


def test_a_child_that_is_starved_by_other_programs_has_longer() -> None:
    assert not children._too_long(waited=30.0, used=9.0, deadline=10.0)
    assert children._too_long(waited=30.0, used=10.5, deadline=10.0)
    assert children._too_long(waited=41.0, used=9.0, deadline=10.0)
    assert children._too_long(waited=10.5, used=0.1, deadline=10.0)


def test_a_child_that_eats_memory_is_stopped_at_its_cap() -> None:
    child = rogue("eat", memory_limit=200 << 20)
    with pytest.raises(children.ChildOutOfMemoryError):
        replies(child)
    assert not child.running


def test_native_prints_do_not_break_a_frame() -> None:
    child = rogue("print")
    assert len(replies(child)) == 2
    child.stop()


def test_a_child_may_not_open_a_connection() -> None:
    child = rogue("connect")
    assert Opened("this process may not use the network", 0) in replies(child)
    child.stop()


def test_stopping_from_another_thread_ends_a_request() -> None:
    child = rogue("hang")
    timer = threading.Timer(1.5, child.stop)
    timer.start()
    with pytest.raises(children.ChildStoppedError):
        replies(child, deadline=60.0)
    timer.join()


def test_leaving_a_request_half_read_stops_the_child() -> None:
    child = rogue("work")
    for _ in child.request(ASK, lambda: 20.0):
        break
    assert not child.running


@pytest.mark.parametrize(
    "way",
    [
        "hang",
        pytest.param(
            "stubborn",
            marks=pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells at once"),
        ),
    ],
)
def test_a_child_ends_when_its_parent_is_killed(tmp_path: Path, way: str) -> None:
    script = tmp_path / "parent.py"
    script.write_text(
        "import sys\n"
        "from app.child import Child\n"
        "from app.reading.messages import Opened, ReadFile\n"
        f"child = Child([sys.executable, {str(ROGUE)!r}, {way!r}], (Opened,), 1 << 30)\n"
        "for reply in child.request(ReadFile('p', 'n', 'w'), lambda: 60.0):\n"
        "    print(child._process.pid, flush=True)\n",
        encoding="utf-8",
    )
    parent = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    grandchild = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.wait()
    for _ in range(100):
        if not grandchild.is_running() or grandchild.status() == psutil.STATUS_ZOMBIE:
            return
        time.sleep(0.1)
    pytest.fail("the child outlived its parent")


def test_frames_that_are_too_long_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "frame"
    path.write_bytes((children.MAX_FRAME + 1).to_bytes(4, "big"))
    with path.open("rb") as stream, pytest.raises(ValueError, match="too long"):
        children.read_frame(stream, (Opened,))
