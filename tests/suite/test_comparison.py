"""Comparisons as people write them: files read back, and every mistake in one line that says what is allowed."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policybench import InputError
from policybench.plugins import registry
from policybench.suite.comparison import Chosen, ChosenPrincipal, Comparison, chosen_environment, chosen_principal
from policybench.suite.comparison_file import read_comparison, text_of, write_comparison
from policybench.suite.plan import plan_runs

texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)
values = st.one_of(
    st.booleans(), st.integers(-(2**60), 2**60), st.floats(allow_nan=False, allow_infinity=False), texts
) | st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=3)
parts = {"name": texts, "label": st.none() | texts, "options": st.dictionaries(texts, values, max_size=3)}
places = {"on": st.lists(texts, max_size=2), "environment_options": st.dictionaries(texts, values, max_size=2)}
comparisons = st.builds(
    Comparison,
    protocol=st.sampled_from(["smoke", "quick", "paper"]),
    seeds=st.none() | st.integers(1, 1000),
    steps=st.none() | st.integers(1, 1000),
    out=texts,
    principal=st.lists(st.builds(ChosenPrincipal, **parts, **places), min_size=1, max_size=3),
    environment=st.lists(st.builds(Chosen, **parts), min_size=1, max_size=3),
)


@given(comparisons)
def test_what_is_written_reads_back(comparison):
    assert Comparison.model_validate(tomllib.loads(text_of(comparison))) == comparison


GOOD = '[[principal]]\nname = "ucb"\n[[environment]]\nname = "harvest"\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "principal: is missing"),
        ("protocol = 3\n" + GOOD, r"protocol = 3: Input should be 'smoke', 'quick' or 'paper'"),
        ("sedes = 3\n" + GOOD, r"sedes: there is no such key\. Did you mean 'seeds'\? Allowed: protocol, seeds, "),
        ("seeds = 0\n" + GOOD, r"seeds = 0: Input should be greater than or equal to 1"),
        ("seeds = 1\nsteps = 'many'\n" + GOOD, r"steps = 'many': Input should be a valid integer"),
        (GOOD + "opts = 1\n", r"environment 1, opts: there is no such key\..* Allowed: name, label, options"),
        (
            GOOD.replace("principal", "principals"),
            r"principals: there is no such key\. Did you mean 'principal'",
        ),
        (
            GOOD.replace('"ucb"', '"ucb"\nc = 0.3'),
            r"principal 1, c: there is no such key\. It is an option of ucb; write: options = { c = 0.3 }\.",
        ),
        (
            GOOD.replace('"ucb"', '"ucb"\nc = 2026-01-01'),
            r"principal 1, c: there is no such key\..* options = { c = ",
        ),
        (GOOD + "[[principal]]\nname = 4\n", r"principal 2, name = 4: Input should be a valid string"),
        (GOOD + "options = {a = {b = 1}}\n", r"environment 1, options.a = "),
        ("[principal", r"is no TOML"),
    ],
)
def test_a_mistake_is_named_with_file_key_and_what_is_allowed(tmp_path, text, message):
    path = tmp_path / "comparison.toml"
    path.write_text(text)
    with pytest.raises(InputError, match=message) as error:
        read_comparison(path)
    assert str(error.value).startswith(f"{path}: ")
    assert "\n" not in str(error.value)


def test_a_file_is_not_written_over(tmp_path):
    comparison = Comparison(principal=[ChosenPrincipal(name="ucb")], environment=[Chosen(name="harvest")])
    write_comparison(comparison, tmp_path / "one.toml")
    assert read_comparison(tmp_path / "one.toml") == comparison
    with pytest.raises(InputError, match="is there already"):
        write_comparison(comparison, tmp_path / "one.toml")
    with pytest.raises(InputError, match="cannot be read"):
        read_comparison(tmp_path / "two.toml")


@pytest.mark.usefixtures("toy")
class TestPlans:
    def plan(self, tmp_path, *principals, environment="toll-road", **more):
        comparison = Comparison(
            principal=list(principals), environment=[Chosen(name=environment)], out=str(tmp_path), **more
        )
        self.refused = []
        return plan_runs(comparison, "here", 1, lambda *what: self.refused.append(what))

    def test_words_are_read_as_the_command_line_has_them(self):
        assert chosen_principal("hill-climbing radius=0.5") == ChosenPrincipal(
            name="hill-climbing", options={"radius": 0.5}
        )
        assert chosen_principal("fixed action=0.1,0.2").options == {"action": [0.1, 0.2]}
        assert chosen_environment("toll-road days=3") == Chosen(name="toll-road", options={"days": 3})
        for text, message in [
            ("hill-climbing 0.5", "'0.5' is no option; write NAME, or 'NAME option=value ...'"),
            ("hill-climbing radios=1", "--principal hill-climbing radios=1: .* no option 'radios'"),
            ("hill", "unknown principal 'hill'"),
        ]:
            with pytest.raises(InputError, match=message):
                chosen_principal(text)

    def test_pairs_that_cannot_work_together_are_left_out_with_a_line_each(self, tmp_path, monkeypatch):
        climber = registry().principals["hill-climbing"].spec.load()
        monkeypatch.setattr(climber, "needs_gradient", True)
        runs = self.plan(tmp_path, ChosenPrincipal(name="hill-climbing"), ChosenPrincipal(name="random"))
        assert [run.name for run in runs] == ["random on toll-road"]
        [(line, fails)] = self.refused
        assert line.startswith(
            "left out: hill-climbing on toll-road: --principal hill-climbing needs the gradient"
        )
        assert not fails
        with pytest.raises(InputError, match="none of the pairs"):
            self.plan(tmp_path, ChosenPrincipal(name="hill-climbing"))

    def test_a_principal_may_have_a_place_and_a_game_of_its_own(self, tmp_path):
        one = ChosenPrincipal(name="random")
        other = ChosenPrincipal(name="random", label="short", on=["elsewhere"], environment_options={"days": 3})
        roads = [Chosen(name="toll-road"), Chosen(name="toll-road", label="elsewhere", options={"days": 5})]
        comparison = Comparison(principal=[one, other], environment=roads, out=str(tmp_path))
        runs = plan_runs(comparison, "here", 1, lambda *what: self.refused.append(what))
        days = {run.name: run.manifest.environment.options["days"] for run in runs}
        assert days == {"random on toll-road": 40, "random on elsewhere": 5, "short on elsewhere": 3}
        with pytest.raises(
            InputError, match=r"principal 1, on: 'tol-road' is none of .* Did you mean 'toll-road'"
        ):
            self.plan(tmp_path, ChosenPrincipal(name="random", on=["tol-road"]))
        with pytest.raises(
            InputError, match=r"principal 1, environment_options.dais = 3: .* has no option 'dais'"
        ):
            self.plan(tmp_path, ChosenPrincipal(name="random", environment_options={"dais": 3}))

    def test_what_is_named_twice_or_wrongly_is_refused_before_anything_runs(self, tmp_path):
        with pytest.raises(InputError, match="here: random on toll-road is named twice"):
            self.plan(tmp_path, ChosenPrincipal(name="random"), ChosenPrincipal(name="random"))
        with pytest.raises(InputError, match="here: a on toll-road is named twice"):
            self.plan(tmp_path, ChosenPrincipal(name="random", label="a"), ChosenPrincipal(name="ucb", label="a"))
        with pytest.raises(InputError, match=r"here: principal 1, options.colour = 1: .* has no option 'colour'"):
            self.plan(tmp_path, ChosenPrincipal(name="random", options={"colour": 1}))
        with pytest.raises(InputError, match=r"here: unknown environment 'tol-road'.* Did you mean 'toll-road'"):
            self.plan(tmp_path, ChosenPrincipal(name="random"), environment="tol-road")
        assert list(tmp_path.iterdir()) == []
