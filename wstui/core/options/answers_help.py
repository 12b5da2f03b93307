"""What the help says of behaviours: the kinds, and the file of replies."""

from __future__ import annotations

from typing import Final

from wstui.core.serving.behaviour import kind_lines
from wstui.core.serving.chat import CROWD

_KINDS: Final = "\n".join(f"  {usage}\n      {sentence}" for usage, sentence in kind_lines())

BEHAVIOURS_HELP: Final = f"""A behaviour answers the clients of a path by itself: one on each line,
PATH KIND, such as /chat chat; without a path it is for all paths. A line of
the very path holds before one with stars, and one for all paths comes last.
You can send to any client by hand meanwhile.

{_KINDS}

A text with blanks stands in quotes, double or single ones.

push sends a file line by line, or with as=text or as=binary as one message,
with chunk=4KiB in binary pieces; times=forever begins again at its end, and
close=1000 reason='that is all' closes behind it. A text is sent each second,
unless every= or rate= says otherwise; {{n}} counts, {{n:6}} with six digits,
{{time}} is the time and {{uuid}} is unique.

chat gives a client the name in ?name=ada, or guest-1. It takes lines, and
/name NAME, /who and /help. Programs send JSON, and are told things in JSON
from then on, or by ?format=json, or by a subprotocol that ends in json:

  {{"type":"say","text":"hi"}}   {{"type":"said","from":"ada","text":"hi","at":"…"}}
  {{"type":"name","name":"ada"}} {{"type":"named","from":"guest-1","name":"ada",…}}
  {{"type":"who"}}               {{"type":"who","names":["ada"],"count":1}}

Others are told as welcome, joined, left, help and error; among more than
{CROWD} it is not told who comes and goes."""
"""All kinds, and what can be said of them."""

REPLIES_HELP: Final = """The file of the behaviour replies is TOML: the first [[reply]] of which all
conditions hold is given. It is read again when it changes.

  [[reply]]
  on = "connect"                        # to each client, before any message
  send = "welcome"

  [[reply]]
  text = "ping"                         # the whole message
  send = ["pong", { text = "still there?", after = "5 s" }]

  [[reply]]
  regex = '^add (\\d+) (\\d+)$'           # with ignore-case = true if you like
  send = "you said {1} and {2}"

  [[reply]]
  json = { type = "get", "item.id" = "*" }   # these values; * is any
  send = { json = { type = "item", id = "{$.item.id}" } }

  [[reply]]
  hex = "01 02"                         # what a binary message begins with
  send = [{ hex = "ff 00" }, { file = "answer.bin" }]
  after = "200 ms"

  [[reply]]
  any = true                            # or kind = "text", kind = "binary"
  close = 4000                          # or drop = true, without a close frame
  reason = "no such thing"

In texts, {1} and {name} are groups of the expression, {0} is all it matched,
{$.item.id} is a value of the JSON, {message} the whole text; {n} counts how
often the client got this reply; {time} and {uuid} are as in what is sent.
A file, text or binary (as = "text"), lies beside the TOML file."""
"""The language of replies."""
