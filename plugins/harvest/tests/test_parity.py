"""The game does what the original engine did: every recorded step, with the recorded luck imposed."""

from pathlib import Path

import numpy as np
import pytest

from policybench.gridworld.layout import positions
from policybench.streams import kernel_stream
from policybench_harvest.game import make_games, observe_game
from policybench_harvest.map import APPLE, AVATAR, FLOOR, GRASS, OUTSIDE, WALL
from policybench_harvest.pettingzoo_view import parallel_env
from policybench_harvest.rules import make_rules
from policybench_harvest.state import read_state, write_state
from policybench_harvest.step import UNARMED, draw_events, one_game, transition

TRACES = sorted((Path(__file__).parent / "traces").glob("harvest_*.npz"))
ALL = pytest.mark.parametrize("path", TRACES, ids=lambda path: path.stem.removeprefix("harvest_"))
CUSTOM = pytest.mark.parametrize(
    "path", [path for path in TRACES if "custom" in path.stem], ids=lambda path: path.stem.split("_")[-1]
)


def sprouted(trace, step):
    """Where apples grew in a step: [height, width] bool; those eaten at once show as a reward alone."""
    grown = trace["apples"][step] & ~trace["apples"][step - 1]
    for (x, y), reward in zip(trace["pos"][step], trace["reward"][step], strict=True):
        grown[y, x] |= reward > 0 and not trace["apples"][step - 1, y, x]
    return grown


def disagreements(state, trace, step, rewards=None):
    """How many entries of a state differ from the recorded one."""
    recorded = {"position": "pos", "orientation": "ori", "apples": "apples", "floor": "background_floor"}
    count = sum(int((state[ours] != trace[theirs][step]).sum()) for ours, theirs in recorded.items())
    return count if rewards is None else count + int((rewards != trace["reward"][step]).sum())


def replay(trace, rules, *, luck=sprouted, before_step=lambda rules, game: None):
    """Play a trace's actions from its start; returns the disagreements over all of its steps."""
    games = make_games(rules, 1)
    game = one_game(games, 0)
    rewards = np.zeros(len(rules.spawns), dtype=np.float32)
    x, y = positions(rules.sites["cell"], rules.size[1]).T
    count = disagreements(read_state(rules, games, 0), trace, 0)
    for step in range(1, len(trace["pos"])):
        before_step(rules, game)
        game.sites["sprouts"][:] = luck(trace, step)[y, x]
        transition(rules, game, trace["actions"][step - 1], rewards)
        count += disagreements(read_state(rules, games, 0), trace, step, rewards)
    return count


def load(path):
    return dict(np.load(path))


def test_all_traces_are_there():
    assert len(TRACES) == 13
    assert sum(len(load(path)["actions"]) for path in TRACES) == 1876


@ALL
def test_every_step_is_as_recorded(path):
    trace = load(path)
    assert replay(trace, make_rules(str(trace["map"]))) == 0


@ALL
def test_apples_only_grew_where_they_could(path):
    """All recorded sprouting was at sites that were armed with at least one neighbour."""
    trace = load(path)
    rules = make_rules(str(trace["map"]))
    games = make_games(rules, 1)
    rewards = np.zeros(len(rules.spawns), dtype=np.float32)
    x, y = positions(rules.sites["cell"], rules.size[1]).T
    for step in range(1, len(trace["pos"])):
        grown = sprouted(trace, step)
        assert grown.sum() == grown[y, x].sum()
        assert (games.sites["armed"][0][grown[y, x]] >= 1).all()
        games.sites["sprouts"][0] = grown[y, x]
        transition(rules, one_game(games, 0), trace["actions"][step - 1], rewards)


@CUSTOM
def test_luck_is_as_recorded_where_it_is_certain(path):
    """With probabilities of 0 and 1 our own draws must give the recorded apples."""
    trace = load(path)
    assert own_luck(trace) == 0


def own_luck(trace, before_draw=lambda game: None, **replaced):
    """Disagreements over a trace whose luck is certain, drawn by the game itself."""
    rules = make_rules(str(trace["map"]), trace["regrowth_probabilities"])._replace(**replaced)
    games = make_games(rules, 1)
    game = one_game(games, 0)
    rewards = np.zeros(len(rules.spawns), dtype=np.float32)
    stream = kernel_stream(0, 0, "test")
    count = 0
    for step in range(1, len(trace["pos"])):
        before_draw(game)
        draw_events(rules, game, stream)
        transition(rules, game, trace["actions"][step - 1], rewards)
        count += disagreements(read_state(rules, games, 0), trace, step, rewards)
    return count


@ALL
def test_every_step_is_as_recorded_through_pettingzoo(path):
    """As an outsider would test it: put the game into each recorded state, and impose the luck by ``armed``."""
    trace = load(path)
    env = parallel_env(layout=str(trace["map"]), regrowth_probabilities=(0, 1, 1, 1))
    env.reset(seed=0)
    count = 0
    for step in range(1, len(trace["pos"])):
        env.set_state(
            {
                "position": trace["pos"][step - 1],
                "orientation": trace["ori"][step - 1],
                "alive": trace["alive"][step - 1],
                "apples": trace["apples"][step - 1],
                "armed": sprouted(trace, step).astype(np.int8),
                "floor": trace["background_floor"][step - 1],
                "step": step - 1,
            }
        )
        actions = dict(zip(env.agents, trace["actions"][step - 1].tolist(), strict=True))
        observations, rewards, _, _, infos = env.step(actions)
        count += disagreements(env.get_state(), trace, step, np.array(list(rewards.values())))
        assert {info["apples"] for info in infos.values()} == {trace["live_apple_count"][step]}
        assert env.get_state()["step"] == step
        assert len(observations) == len(rewards)
    assert count == 0


# The pixels of the original: what each kind of tile consists of, and where an avatar has its eyes
# (columns of the tile's row 3): its back has none.
COLOURS = {
    FLOOR: {(220, 205, 185), (210, 195, 175)},
    GRASS: {(158, 194, 101), (170, 207, 112)},
    WALL: {(95, 95, 95), (152, 152, 152)},
    OUTSIDE: {(0, 0, 0)},
}
APPLE_RED = (214, 88, 88)
EYES = {AVATAR: [], AVATAR + 1: [3, 5], AVATAR + 2: [2, 5], AVATAR + 3: [2, 4]}


def symbol_of(pixels):
    """The symbol that a tile of the original's pixels, [8, 8, 3], shows."""
    colours = {tuple(colour) for colour in pixels.reshape(-1, 3).tolist()}
    for symbol, palette in COLOURS.items():
        if colours <= palette:
            return symbol
    if APPLE_RED in colours:
        return APPLE
    eyes = np.flatnonzero(pixels[3].max(axis=-1) <= 80).tolist()
    return next(symbol for symbol, columns in EYES.items() if columns == eyes)


@pytest.mark.parametrize("name", ["random_0", "scripted_conflict", "scripted_eat"])
def test_views_show_what_the_pixels_show(name):
    trace = load(Path(__file__).parent / "traces" / f"harvest_{name}.npz")
    rules = make_rules(str(trace["map"]))
    games = make_games(rules, 1)
    views = np.zeros((7, 11, 11), dtype=np.uint8)
    for step, picture in enumerate(trace["rgb"]):
        recorded = {"position": "pos", "orientation": "ori", "alive": "alive", "apples": "apples"}
        state = {ours: trace[theirs][step] for ours, theirs in recorded.items()}
        state["armed"] = np.full((18, 24), UNARMED)
        write_state(rules, games, 0, state | {"floor": trace["background_floor"][step]})
        observe_game(rules, games, 0, views)
        tiles = picture.reshape(11, 8, 11, 8, 3).swapaxes(1, 2)
        seen = np.array([[symbol_of(tile) for tile in row] for row in tiles])
        seen[9, 5] = views[trace["rgb_player_index"], 9, 5]  # the viewer hides its own cell
        np.testing.assert_array_equal(views[trace["rgb_player_index"]], seen)


# Rules that are wrong on purpose: each must be noticed, or the tests above would prove nothing.


def first_player_first(rules, game):
    game.order[:] = np.arange(len(game.order))


def test_the_wrong_order_of_players_is_noticed():
    traces = [load(path) for path in TRACES]
    wrong = [replay(t, make_rules(str(t["map"])), before_step=first_player_first) for t in traces]
    assert sum(wrong) > 200
    assert wrong[TRACES.index(TRACES[0].with_name("harvest_scripted_conflict.npz"))] > 0


def test_too_small_a_neighbourhood_is_noticed():
    trace = load(TRACES[-1].with_name("harvest_explore_0.npz"))
    rules = make_rules(str(trace["map"]))
    x, y = positions(rules.sites["cell"], rules.size[1]).T
    sites = rules.sites.copy()
    for i, site in enumerate(sites):
        near = np.flatnonzero(np.abs(x - x[i]) + np.abs(y - y[i]) == 1)
        site["n_neighbours"] = len(near)
        site["neighbours"][: len(near)] = near
    assert replay(trace, rules._replace(sites=sites)) > 100


def test_too_large_a_neighbourhood_is_noticed():
    trace = load(TRACES[0].with_name("harvest_custom_radius.npz"))
    sites = make_rules(str(trace["map"])).sites.copy()
    sites["n_neighbours"], sites["neighbours"][:, 0] = 1, [1, 0]
    assert own_luck(trace, sites=sites) > 0


def test_a_missing_delay_is_noticed():
    """If the neighbours of the step before counted, and not those of the step before that."""

    def count_now(game):
        waiting = ~game.sites["live"]
        game.sites["armed"][waiting] = game.sites["live_neighbours"][waiting]

    trace = load(TRACES[0].with_name("harvest_custom_lag.npz"))
    assert own_luck(trace, before_draw=count_now) > 0


def test_missed_apples_under_avatars_are_noticed():
    """If an apple could not grow where somebody stands."""

    def only_seen(trace, step):
        return trace["apples"][step] & ~trace["apples"][step - 1]

    for name in ("custom_stand", "scripted_stand"):
        trace = load(TRACES[0].with_name(f"harvest_{name}.npz"))
        assert replay(trace, make_rules(str(trace["map"])), luck=only_seen) > 0
