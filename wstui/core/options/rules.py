"""The rules of a listener as one of its options: all of them together, their flags, their help."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from wstui.core.options.info import Codec, Flag, OptionError, OptionInfo, Section, Shape
from wstui.core.options.secrets import ReferenceProblem
from wstui.core.serving.rule_language import RULE_EXAMPLE, parse_rule
from wstui.core.serving.rule_words import rule_error
from wstui.core.serving.rules import Action, Key, Rule


def read_rules(lines: Sequence[str]) -> list[Rule]:
    """The rules that `lines` mean.

    Raises:
        OptionError: one of them means none.
    """
    return [parse_rule(line) for line in lines]


def rules_problems(lines: Sequence[str]) -> list[OptionError]:
    """Everything that is wrong with rules together; empty when all is well.

    References are not looked at: `reference_problems` tells of those in all options.
    """
    found, numbered = [], []
    for number, line in enumerate(lines, 1):
        try:
            numbered.append((number, parse_rule(line)))
        except ReferenceProblem:
            continue
        except OptionError as error:
            found.append(rule_error(f"Rule {number}: {error}" if len(lines) > 1 else str(error)))
    for_all = next((number for number, rule in numbered if not rule.conditions), len(lines))
    if for_all < len(lines) and not found:
        words = f"Rule {for_all} holds for all, so that those behind it never decide"
        found.append(rule_error(f"{words}: put it last."))
    if sum(_is_for_origins(rule) for _, rule in numbered) > 1:
        words = "Together they let nobody in: name all origins in one, such as"
        found.append(rule_error(f"{words} reject -origin:https://one.example,https://two.example."))
    return found


def _is_for_origins(rule: Rule) -> bool:
    """Whether it rejects all but some origins, whatever else holds."""
    only = rule.conditions[0] if len(rule.conditions) == 1 else None
    is_other = only is not None and only.key is Key.ORIGIN and only.negated and only.value != "*"
    return rule.action is Action.REJECT and is_other


def _read_line(text: str) -> object:
    parse_rule(text)
    return text.strip()


RULE_ROWS: Final = (
    OptionInfo(
        "rules",
        "Rules",
        Section.ACCEPTING,
        Codec(_read_line, str, Shape.LINES, separator="\n"),
        (
            Flag(
                ("--rule",),
                "who may come in: 'reject 404 -path:/chat*'; may be repeated (help rules)",
                "RULE",
            ),
            Flag(
                ("--origin-allowed",),
                "reject clients of other origins: 403",
                "ORIGIN,…",
                "reject 403 -origin:",
            ),
            Flag(
                ("--basic-auth",),
                "reject clients without them: 401; better USER:${env:NAME}",
                "USER:PASSWORD",
                "reject 401 -basic:",
            ),
            Flag(("--ask",), "ask me about each client", value="ask"),
        ),
        hint="accept, reject or ask, then path:, origin:, basic: …; the first that fits decides; "
        "the command help rules tells all",
        placeholder=RULE_EXAMPLE,
    ),
)

RULES_HELP: Final = """A listener's rules say who may come in: one on each line, and the first
that fits decides. Where none does, the handshake is accepted.

Browsers let the pages of any web site connect, to this machine too, and leave
it to the server to look at the origin: name yours, where that matters.

  accept [conditions] [subprotocol=NAME] [header='NAME: VALUE']
  reject [STATUS] [conditions] [header='NAME: VALUE'] [body='TEXT']
  ask [conditions] [for TIME]       you decide, within 60 s; then it gets 503

All conditions must hold; a minus sign goes before what must not be:

  path:/chat*                    the path, without what is behind ?
  origin:https://good.example    the Origin header; several with commas
  header:NAME  header:NAME=text  a header, and its value
  cookie:NAME  cookie:NAME=text  a cookie, and its value
  basic:USER:PASSWORD            the user; -basic: rejects with 401
  subprotocol:chat.v2            an offered subprotocol; several with commas
  address:10.0.0.0/8             where it comes from; several with commas
  clients>100                    how many clients there are; also < >= <= =

A star stands for anything. Text with blanks stands in quotes. Secrets are
better written as ${env:NAME} or ${cmd:COMMAND}. For example:

  reject 403 -origin:https://good.example
  reject 401 path:/admin -basic:admin:${env:PASSWORD} body='who are you?'
  accept path:/admin subprotocol=chat.v2 header='X-Role: admin'
  reject 404 -path:/chat*
  reject 307 header:User-Agent=Old* header='Location: wss://old.example/'
  ask address:192.168.* for 30s"""
"""The language of rules, for the user."""
