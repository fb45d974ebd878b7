"""Options that cannot be used, templates and tables of one's own."""

from __future__ import annotations

import pytest
from faulty_server import GOOD

from policybench import InputError


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["model=gpt-4o-mini"], "OPENAI_API_KEY is not set"),
        (["model=claude-haiku-4-5"], "ANTHROPIC_API_KEY is not set"),
        (["model=gemini-2.5-flash"], "GEMINI_API_KEY is not set"),
        (["model=x", "base_url=https://example.org/v1"], "OPENAI_API_KEY is not set"),
        (["model=x", "base_url=http://192.168.0.9/v1"], r"\(any word, if the server asks for none\)"),
        (["model=gpt-4o-mini"], "-p model=local runs a small model on this machine"),
        (["model=x", "base_url=nowhere"], "takes an address such as"),
        (["model=x", "base_url=http://me:secret@127.0.0.1/v1"], "keys belong in the environment variable"),
        (["model=local", "base_url=http://127.0.0.1/v1"], "has an endpoint of its own"),
        (["model=x", "weights=x.gguf"], "belongs to -p model=local"),
        (["model=local", "weights=nowhere.gguf"], "no such file; takes a GGUF file"),
        (["model=x", "providers=nowhere.toml"], "-p providers=nowhere.toml: No such file"),
        (["demonstrations=few"], "takes all, last:N or best:N"),
    ],
)
def test_what_cannot_be_used_is_one_clear_line(run, options, message, tmp_path):
    with pytest.raises(InputError, match=message) as caught:
        run(*options)
    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value)
    assert not (tmp_path / "runs").exists()


def test_a_template_that_changed_is_not_continued(run, openai_server, tmp_path):
    openai_server.play(GOOD)
    template = tmp_path / "own.jinja"
    template.write_text("Set something. {{ answer_format }}")
    with pytest.raises(KeyboardInterrupt):
        run(*openai_server.arguments, f"prompt={template}", interrupt_after=1)
    template.write_text("Set something else. {{ answer_format }}")
    with pytest.raises(InputError, match="the template has changed since the run began"):
        run(*openai_server.arguments, f"prompt={template}")


def test_the_table_of_providers_can_be_replaced(run, openai_server, tmp_path, read):
    table = tmp_path / "providers.toml"
    table.write_text(
        '[[provider]]\nmodels = ["house-*"]\nsdk = "openai"\nkey = "HOUSE_KEY"\n'
        f'base_url = "{openai_server.base_url}"\n'
    )
    openai_server.play(openai_server.answer(GOOD, model="house-model"))
    folder = run("model=house-model", f"providers={table}", seeds=1, steps=1)
    assert openai_server.requests[0]["model"] == "house-model"
    assert "usd" not in read.steps(folder)[0]["notes"]["cost"]
    with pytest.raises(InputError, match="no row of -p providers="):
        run("model=other", f"providers={table}")
    table.write_text('[[provider]]\nmodels = ["*"]\nsdk = "abacus"\n')
    with pytest.raises(InputError, match=r"-p providers=.*provider\.0\.sdk"):
        run("model=other", f"providers={table}")
