"""That a principal repeats itself: with the same seed, after a resume, and beside others."""

from __future__ import annotations

from policybench.store.checkpoint import decode
from policybench.testing.check import fail, same
from policybench.testing.principals.subject import LONG, N_STEPS, PrincipalSubject, compare


def same_seed_same_behaviour(subject: PrincipalSubject) -> None:
    """With the same seed it does the same, whatever the state of the global random generators.

    Anybody can regenerate a published run, and principals are compared seed by seed. Python's, NumPy's and
    PyTorch's global generators belong to nobody.

    To fix: draw from ``self.rng`` alone; seed a library's own generator with ``int(self.rng.integers(2**31))``.
    """
    for case in subject.sound:
        with subject.game(case, chance=1) as one, subject.game(case, chance=1000) as other:
            one.play(N_STEPS)
            other.play(N_STEPS)
            compare(one.actions, other.actions, "two runs with the same seed choose the same actions", case)
            expected = "two runs with the same seed recommend the same"
            compare([one.recommended()], [other.recommended()], expected, case)


def resume(subject: PrincipalSubject) -> None:
    """Saved and loaded, before the first step or in the middle, it goes on as if it had never stopped.

    Runs are killed and continued, and their step logs must not show where. The state passes through a checkpoint
    file, as in a run: tuples come back as lists, and the state of ``self.rng`` is kept by the harness. Tasks are
    played for a few steps, one of them for 45: check with options so small (generations of 3, say) that all of a
    method takes place in them.

    To fix: put everything into ``state_dict`` that a later choice depends on, open questions and the states of
    own generators included, and read all of it back in ``load_state_dict``.
    """
    for number, case in enumerate(subject.sound):
        for n_before in (0, N_STEPS, LONG) if number == 0 else (0, N_STEPS):
            with subject.game(case) as begun:
                begun.play(n_before)
                with subject.game(case, saved=begun) as continued:
                    n_after = max(n_before // 2, N_STEPS)
                    begun.play(n_after)
                    continued.play(n_after)
                    expected = f"after a resume at step {n_before} it chooses what it would have chosen"
                    compare(begun.actions[n_before:], continued.actions, expected, case)
                    expected = f"after a resume at step {n_before} it recommends what it would have recommended"
                    compare([begun.recommended()], [continued.recommended()], expected, case)


def state_is_whole(subject: PrincipalSubject) -> None:
    """Its state is plain data, and saved again right after it was loaded it is the same state.

    A run may be interrupted many times; what is lost a little each time is lost in the end. Plain data are dicts
    and lists of NumPy arrays, numbers, strings, bytes and None: a checkpoint can hold nothing that runs code.

    To fix: let ``load_state_dict`` assign everything that ``state_dict`` reads, of the same shape and type.
    """
    for begun in subject.begun():
        begun.play(N_STEPS)
        with subject.game(begun.case, saved=begun) as continued:
            first, second = decode(begun.saved())["principal"], decode(continued.saved())["principal"]
            if not isinstance(first, dict):
                fail("state_dict() returns a dict", type(first).__name__)
            different = [key for key in first if not same(first[key], second.get(key))]
            different += [key for key in second if key not in first]
            if different:
                fail("what was loaded is saved again", f"other values of {', '.join(map(repr, different))}")


def seeds_are_independent(subject: PrincipalSubject) -> None:
    """One seed's principal does the same, whether another seed's plays in between or not.

    The principals of a run live in one process, and a run may be split over several: a seed's numbers must be the
    same either way. Sharing is for what cannot change a choice, such as a connection (``workspace.shared``).

    To fix: keep what is learned in the instance, never in the class, the module or a mutable default.
    """
    case = subject.sound[-1]
    with subject.game(case) as alone:
        alone.play(N_STEPS)
        with subject.game(case) as one, subject.game(case, seed=1) as other:
            for _ in range(N_STEPS):
                one.play(1)
                other.play(1)
            compare(alone.actions, one.actions, "another seed's principal changes nothing", case)
