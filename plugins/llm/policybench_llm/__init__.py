"""A language model as a principal: it is told the task and what its actions led to, and answers with the next one.

Only announcements stand here; the SDKs are imported when a model is first asked.
"""

from __future__ import annotations

from collections.abc import Iterator

from policybench import CommandSpec, Option, PrincipalSpec, hookimpl

_OPTIONS = (
    Option("model", str, "local", "Name of the model; `local` starts a small one on this machine."),
    Option("sdk", str, None, "Which SDK speaks to it, instead of the table's.", choices=("openai", "anthropic")),
    Option("base_url", str, None, "Endpoint of a compatible server: vLLM, Ollama, llama.cpp, another provider."),
    Option("providers", str, None, "TOML file: which SDK, endpoint and key variable belong to which model."),
    Option("weights", str, None, "GGUF file that `model=local` serves, instead of the packaged one."),
    Option("temperature", float, 0.01, "Sampling temperature; left out where a model takes none.", minimum=0),
    Option("max_tokens", int, 1024, "Longest answer at first, in tokens.", minimum=1),
    Option(
        "max_tokens_after_cut",
        int,
        32768,
        "What max_tokens is doubled to, step by step, after answers that were cut off.",
        minimum=1,
    ),
    Option(
        "reasoning_effort", str, None, "How much a reasoning model thinks, in its provider's words: low, high."
    ),
    Option("thinking_budget", int, None, "Tokens that Claude may think, beside its answer.", minimum=1),
    Option("extra", str, None, "JSON object of further fields for every request, as the server knows them."),
    Option(
        "schema",
        str,
        "auto",
        "Whether answers are asked for under a JSON schema: where the server can, or never.",
        choices=("auto", "off"),
    ),
    Option("prompt", str, None, "Jinja2 template of the prompt, instead of the packaged one."),
    Option(
        "context",
        str,
        "rules",
        "What the prompt tells: rules and what follows from them, the rules alone, or bare numbers.",
        choices=("full", "rules", "anonymous"),
    ),
    Option(
        "prose",
        str,
        "truthful",
        "With -e relabel: words that are true of the relabelled numbers or, as a control, the old ones.",
        choices=("truthful", "plain"),
        recorded_if_changed=True,
    ),
    Option("history", bool, True, "Whether demonstrations show observations, or actions and payoffs alone."),
    Option("demonstrations", str, "all", "Which past steps the prompt shows: all, last:N or best:N."),
    Option("reasks", int, 3, "How often an unusable answer is asked for again.", minimum=0),
    Option(
        "out_of_range",
        str,
        "reask",
        "What happens to numbers outside the action space: asked for again, or clipped.",
        choices=("reask", "clip"),
    ),
    Option(
        "stop_after",
        int,
        20,
        "Identical actions in a row that end the search; the rest of the budget is filled. 0: never.",
        minimum=0,
    ),
    Option(
        "give_up_after",
        int,
        5,
        "Steps in a row without a usable answer that stop the run, which may be continued. 0: never.",
        minimum=0,
        operational=True,
    ),
    Option(
        "batch",
        bool,
        False,
        "Whether the calls of a step go to the provider as one batch: cheaper, and answered within hours.",
        operational=True,
    ),
    Option("concurrency", int, 5, "Seeds that are asked at the same time.", minimum=1, operational=True),
    Option("timeout", float, 600.0, "Seconds that a server may be silent.", minimum=0.001, operational=True),
    Option(
        "retries", int, 5, "How often the SDK repeats a call that failed on the way.", minimum=0, operational=True
    ),
    Option(
        "max_cost",
        float,
        None,
        "US dollars that the run may cost, all seeds together.",
        minimum=0,
        operational=True,
    ),
    Option(
        "max_calls", int, None, "Calls that the run may make, all seeds together.", minimum=0, operational=True
    ),
    Option("prices", str, None, "TOML file of prices, instead of the packaged one.", operational=True),
    Option("replay", str, None, "Transcript that answers in the model's place, offline.", operational=True),
)


@hookimpl
def policybench_principals() -> Iterator[PrincipalSpec]:
    """Announce the principals of this distribution."""
    yield PrincipalSpec(
        name="llm",
        description="A language model that is shown past actions and payoffs and answers with the next action.",
        factory="policybench_llm.principal:LLM",
        options=_OPTIONS,
        source="Gasztowtt et al. (2024), Large Legislative Models (arXiv 2410.08345), figure 3",
        shares_between_seeds=True,
    )
    yield PrincipalSpec(
        name="informed",
        description="A prior, not a model: guesses from a file, of which the better half stays after each round.",
        factory="policybench_llm.informed:Informed",
        options=(Option("guesses", str, None, "TOML file with a list of actions, instead of middle and bounds."),),
        source="Karnin, Koren and Somekh (2013), Almost Optimal Exploration in Multi-Armed Bandits",
    )


@hookimpl
def policybench_commands() -> Iterator[CommandSpec]:
    """Announce the commands of this distribution."""
    yield CommandSpec(
        "show-prompt", "Print a prompt of the principal llm.", "policybench_llm.show_prompt:show_prompt_command"
    )
    yield CommandSpec(
        "llm-cost",
        "Estimate what a run of the principal llm costs.",
        "policybench_llm.llm_cost:llm_cost_command",
    )
    yield CommandSpec(
        "prior-knowledge",
        "Measure what a language model's prior knowledge is worth.",
        "policybench_llm.prior.command:prior_knowledge_command",
    )
