"""Secrets are taken out before anything is cut short."""

from __future__ import annotations

from policybench.redaction import Redactor

KEY = "Canary-7f3A9c51E2"


def test_no_part_of_a_key_is_left_wherever_a_line_is_cut(monkeypatch):
    monkeypatch.setenv("SOME_API_KEY", KEY)
    redactor = Redactor([])
    for start in range(600):
        line = redactor.line("x" * start + KEY + " and so on" * 100)
        assert KEY[:3] not in line
        assert len(line) <= 500


def test_a_line_is_plain_text(monkeypatch):
    assert Redactor([]).line("a\x1b[31m\n\tb \u202e\ud83d ") == "a [31m b ?"


def test_short_values_and_other_variables_are_left_alone(monkeypatch):
    monkeypatch.setenv("SOME_API_KEY", "no")
    monkeypatch.setenv("HOUSE", "a gardener")
    assert Redactor([])("no, a gardener") == "no, a gardener"
    assert Redactor(["HOUSE"])("no, a gardener") == "no, ***"
