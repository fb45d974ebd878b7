"""The platform that a submission states decides whether it is ranked; evaluating it again says if that is true."""

from __future__ import annotations

import json

import pytest
from toy_runs import Watcher, request

from policybench import InputError
from policybench.harness.launch import launch
from policybench.leaderboard.boards import boards, overall
from policybench.leaderboard.digest import dump, sealed
from policybench.leaderboard.folder import read_folder
from policybench.leaderboard.packing import pack, place_of
from policybench.leaderboard.pages import make_pages
from policybench.leaderboard.platforms import read_platform, text_of, this_platform
from policybench.leaderboard.tables import render

pytestmark = pytest.mark.usefixtures("toy")


def submit(root, submission, change=lambda content: None):
    content = json.loads(submission.model_dump_json())
    change(content)
    del content["sha256"]
    made = sealed(content)
    path = root / place_of(made)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dump(made))
    return path


def run(tmp_path, principal, steps=4):
    return pack(launch(request(tmp_path / "runs", seeds=5, steps=steps, principal=principal), Watcher()))


@pytest.fixture
def root(tmp_path):
    """A good row of an old numpy above an honest one."""
    folder = tmp_path / "boards"
    submit(folder, run(tmp_path, "random"))
    submit(folder, run(tmp_path, "hill-climbing"), boast)
    (folder / "platform.json").write_text(text_of(this_platform()))
    return folder


def boast(content):
    content["manifest"]["versions"]["numpy"] = "1.0.0"
    for rows in content["curves"] + content["final"]:
        rows["payoffs"] = [payoff + 0.3 for payoff in rows["payoffs"]]


def test_a_row_of_another_platform_stands_below_the_ranked_ones_and_says_what_to_do(root):
    contents = read_folder(root)
    assert contents.faults == []
    [board] = boards(contents.entries)
    assert [(row.principal, row.rank) for row in board.rows] == [("random", 1), ("hill-climbing", None)]
    assert "pinned, unverified platform" in render([board], [], "github")
    page = next(text for path, text in make_pages(root, contents.entries).items() if path.name == "toll-road.md")
    assert "Not ranked: made on an unverified platform (numpy 1.0.0, reference " in page
    assert "gives its command on the [reference platform]" in page
    [best] = [row for row in json.loads(render([board], [], "json"))["boards"] if row["rank"] is None]
    assert best["unverified_platform"].startswith("numpy 1.0.0")


def test_several_values_of_a_fact_may_be_good(root):
    good = json.loads((root / "platform.json").read_text())
    good["numpy"].append("1.0.0")
    (root / "platform.json").write_text(json.dumps(good))
    [board] = boards(read_folder(root).entries)
    assert board.rows[0].principal == "hill-climbing"
    assert board.rows[0].rank == 1


@pytest.mark.parametrize("name", ["python", "policybench", "numpy", "numba"])
def test_who_does_not_state_a_version_is_not_ranked(tmp_path, name):
    submit(tmp_path, run(tmp_path, "random"), lambda content: content["manifest"]["versions"].pop(name))
    [entry] = read_folder(tmp_path).entries
    assert entry.platform == [f"{name} not stated"]
    assert not entry.ranked


def test_another_version_of_the_environment_is_not_ranked(tmp_path):
    submit(tmp_path, run(tmp_path, "random"), lambda c: c["manifest"]["environment"].update(version="99.0"))
    [entry] = read_folder(tmp_path).entries
    assert entry.platform[0].startswith("policybench-toy 99.0, here ")


def test_unranked_rows_count_in_no_overall_table(root):
    assert overall(boards(read_folder(root).entries)) == []


def test_verify_passes_who_is_not_ranked_and_stops_who_would_be(root, cli, tmp_path):
    folder = root / "submissions"
    done = cli("leaderboard", "verify", folder, "--to", root, "--finals", "--rows", 2)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert "not reproduced here: 127 of 127 rows differ" in lines[0]
    assert "  it is not ranked: numpy 1.0.0, reference " in done.stdout
    assert "verified: all 127 rows are equal" in lines[-1]
    # The same rows with a true numpy and a false C library would be ranked.
    path = submit(root, run(tmp_path, "hill-climbing"), lambda c: (boast(c), lie(c)))
    done = cli("leaderboard", "verify", path, "--to", root, "--rows", 4)
    assert (done.returncode, "not reproduced here" in done.stdout) == (1, True)


def lie(content):
    content["manifest"]["versions"]["numpy"] = this_platform().facts["numpy"][0]
    content["manifest"]["machine"]["libc"] = "musl 1.2"


def test_the_command_prints_what_the_file_holds(cli, tmp_path):
    printed = cli("leaderboard", "platform").stdout
    (tmp_path / "platform.json").write_text(printed)
    assert read_platform(tmp_path) == this_platform()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "Invalid JSON"),
        ("[]", "should be an object"),
        ("{}", "at least 1"),
        ('{"numpy": []}', "numpy: List should have at least 1"),
        ('{"numpy": "2.0"}', "numpy: Input should be"),
        ('{"numpy": ["\\u001b[2J"]}', "numpy.0: String should match"),
        ("[" * 50_000, "recursion limit"),
        ("x" * 200_000, "more than the 100,000 bytes"),
        (b"\xff\xfe", "Invalid JSON"),
    ],
)
def test_a_damaged_file_is_refused_in_one_line(tmp_path, text, fault):
    path = tmp_path / "platform.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InputError, match=fault) as caught:
        read_platform(tmp_path)
    assert str(caught.value).startswith(f"{path}: ")
    assert str(caught.value).isprintable()


def test_a_linked_file_is_refused(tmp_path):
    (tmp_path / "elsewhere").write_text(text_of(this_platform()))
    (tmp_path / "platform.json").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InputError, match="symbolic link"):
        read_platform(tmp_path)


def test_rows_of_one_name_from_two_distributions_show_both(tmp_path):
    submission = run(tmp_path, "hill-climbing")

    def call(name, distribution):
        def change(content):
            content["manifest"]["principal"].update(name=name, variant=name, distribution=distribution)
            content["command"] = content["command"].replace("hill-climbing", name)

        return change

    paths = [submit(tmp_path, submission, call("annealing", f"policybench-{name}")) for name in ("good", "evil")]
    assert [path.name for path in paths] == [
        "annealing@policybench-good.json",
        "annealing@policybench-evil.json",
    ]
    contents = read_folder(tmp_path)
    assert contents.faults == []
    [board] = boards(contents.entries)
    shown = {row.principal for row in board.rows}
    assert shown == {"annealing (policybench-good)", "annealing (policybench-evil)"}
    assert "annealing (policybench-evil)" in render([board], [], "csv")
