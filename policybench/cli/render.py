"""``policybench render``."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("render")
@click.option("--env", "environment", required=True, help="The environment to draw.")
@click.option(
    "--action", required=True, help="The action that followers learn under: numbers separated by commas."
)
@click.option("-o", "output", type=click.Path(path_type=Path, dir_okay=False), required=True, help=".gif or .png.")
@click.option("-e", "options", multiple=True, metavar="NAME=VALUE", help="An option of the environment.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of followers and game.")
@click.option("--frame", type=click.IntRange(0), default=0, show_default=True, help="The first frame to draw.")
@click.option("--frames", type=click.IntRange(1, 10_000), default=200, show_default=True, help="Frames of a GIF.")
@click.option("--every", type=click.IntRange(1), default=1, show_default=True, help="Draw only every n-th frame.")
@click.option("--fps", type=click.IntRange(1, 50), default=10, show_default=True, help="Frames a second of a GIF.")
def render_command(
    environment: str,
    action: str,
    output: Path,
    options: tuple[str, ...],
    seed: int,
    frame: int,
    frames: int,
    every: int,
    fps: int,
) -> None:
    """Draw the episode that followers play once they have learned under an action.

    A .gif shows the episode; a .png shows one frame of it.
    """
    from contextlib import closing

    from policybench.actions import parse_action
    from policybench.errors import InputError
    from policybench.options import parse_options
    from policybench.plots import animation
    from policybench.plugins import registry
    from policybench.sharded import ShardedEnvironment

    if output.suffix not in (".gif", ".png"):
        raise InputError(f"-o {output}: takes a file that ends in .gif or .png")
    spec = registry().environment(environment).spec
    values = parse_options(f"environment {environment}", "-e", options, spec.options)
    with closing(ShardedEnvironment(spec, [seed], 1, values)) as instance:
        chosen = parse_action("--action", action, instance.problem.action_space)
        count = frames if output.suffix == ".gif" else 1
        pictures = animation.choose(instance.render(0, chosen), frame, count, every)
    if not pictures:
        raise InputError(f"--frame {frame}: the episode is shorter")
    animation.save(pictures, output, output.suffix.lstrip("."), fps)
