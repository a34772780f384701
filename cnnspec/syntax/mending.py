"""What the parser does behind a mistake: it reports it, and leaves out or supplies text until the grammar takes the rest.

Each step returns the token to go on with, None for the next one of the text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnspec.source import Span
from cnnspec.syntax.advice import advice
from cnnspec.syntax.depth import FOLLOWED
from cnnspec.syntax.indentation import begins_line, body_follows, ends_body, indentation, is_body_over
from cnnspec.syntax.lexer import CLOSERS, Token
from cnnspec.syntax.partners import Partners
from cnnspec.syntax.patterns import END_OF_LINE
from cnnspec.syntax.problems import BodyBesideBrace, BrokenLine, Misplaced, Unclosed, UnexpectedText
from cnnspec.syntax.recovery import (
    begins_definition,
    brace_on_next_line,
    broken,
    constant_on_line,
    holds_statements,
    is_continued,
    is_named_below,
    misspelt,
)
from cnnspec.syntax.stack import Unreadable
from cnnspec.syntax.tree import Argument, Broken, Let
from cnnspec.syntax.wording import alternatives, found

if TYPE_CHECKING:
    from cnnspec.syntax.parse import Run


GOES_ON = frozenset({"LSQB", "RSQB", "LPAR", "RPAR", "COMMA", "DOT", "ELSE"})
GOES_ON_INDENTED = frozenset({"LITERAL", "STRING", "SIZE", "SIGN", "OPERATOR"})


class Mending:
    """What one pass over a text that has mistakes needs besides; see `parse.Run`."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.stack = run.stack
        self.astray = 0
        self.partners: Partners | None = None  # found where a bracket is open at a mistake
        self.continued: object = None  # the begin of the last statement that wrongly goes on below
        self.is_line_open = False  # whether a body on one line perhaps lacks its brace: then its end is not known

    def abandon(self, token: Token) -> Token | None:
        """Gives up a statement that leads too deep, with all that stands in it."""
        if not self.run.whole_document:
            raise Unreadable
        self.stack.complete()
        return self.give_up(token, resumes=False)

    def recover(self, token: Token) -> Token | None:
        """Goes on at a token that the grammar does not take."""
        run, stack = self.run, self.stack
        if not run.whole_document:
            self.describe(token)
            raise Unreadable
        if token.type == "WORD" and stack.takes("NAME") and self.continued is stack.unfinished()[0]:
            return token._replace(type="NAME")
        missing = self.missing(token)
        if missing is not None:
            self.describe(token)
            return self.supply(missing, token)
        if token.type == "NEWLINE" and stack.takes("LBRACE"):
            brace = brace_on_next_line(token.span)
            if brace is not None:
                self.run.report(Misplaced("{"), brace)
                return None
        if token.type == "NEWLINE" and self.goes_on_below(token):
            return None
        if self.is_comma_too_many(token):
            return token if token.type == "NEWLINE" else None
        if begins_definition(token) and stack.open_bodies() and not stack.unfinished():
            self.report_unclosed()
            return self.close_bodies(token)
        self.run.is_unbalanced |= token.type == "RBRACE" and not stack.open_bodies()
        if stack.takes("LBRACE") and ends_body(token.span):
            self.run.depth.follow(token._replace(type="LBRACE"))  # the partner of the brace at the end of the line
        if not stack.is_recovering():
            self.describe(token)
            self.is_line_open |= token.type == "NEWLINE" and stack.takes("RBRACE")
        if token.type == "$END":
            stack.drop_unfinished()
            stack.values[-1].append(Broken(None, token.span))
            return self.close_bodies(token)
        if stack.is_statement_complete():
            stack.put(Token("NEWLINE", "", token.span))
            stack.complete()
            if token.type == "RBRACE" and len(self.run.depth.braces) < stack.open_bodies():
                return token
        return self.give_up(token, resumes=stack.open_bodies() > 0 or holds_statements([*stack.unfinished(), token]))

    def is_comma_too_many(self, token: Token) -> bool:
        """Reads on without a comma at the end of a line, where it hardly stands for a further argument."""
        stack = self.stack
        if stack.is_recovering() or self.run.brackets:
            return False
        last = stack.values[-1]
        if token.type == "NEWLINE" and type(last) is Token and last.type == "COMMA" and self.is_named(stack.values[-2]):
            stack.values.pop()
            stack.states.pop()
            self.run.report(UnexpectedText("`,`", "the end of the line", "delete it"), last.span)
            return True
        if token.type == "COMMA" and stack.takes("NEWLINE") and END_OF_LINE.match(token.span.source.text, token.span.end):
            self.run.report(UnexpectedText("`,`", "the end of the line", "delete it"), token.span)
            return True
        return False

    def is_named(self, arguments: object) -> bool:
        """Returns whether these are arguments of which the last is named."""
        last = arguments[-1] if isinstance(arguments, list) and arguments else None
        return isinstance(last, Argument) and last.name is not None

    def goes_on_below(self, newline: Token) -> bool:
        """Reads on with the next line, where one that ends too early can be meant as nothing but the begin of it."""
        if self.stack.takes("RBRACE"):
            brace = self.run.depth.braces[-1].span
            if begins_line(newline.span) or newline.span.begin.line != brace.begin.line or self.stack.is_recovering():
                return False
            first = brace.source.text[brace.end : newline.span.start].strip()
            start = brace.source.text.index(first, brace.end)
            self.run.report(BodyBesideBrace(), Span(brace.source, start, start + len(first)))
            self.stack.begin_lines(newline)
            return True
        if self.stack.is_recovering() or self.run.brackets:
            return False
        if not is_continued(newline.span) and not is_named_below(self.stack.unfinished(), newline.span):
            return False
        first = self.stack.unfinished()[0]
        if first is self.continued:
            self.run.unsaid += 1
        else:
            self.run.report(BrokenLine(), newline.span)
        self.continued = first
        return True

    def missing(self, token: Token) -> str | None:
        """Returns the type of the brace that is missing before a token, or of the word that it stands for, if that is clear."""
        takes = self.stack.takes
        if token.type == "NEWLINE" and takes("LBRACE") and body_follows(token.span):
            return "LBRACE"
        if token.type == "NEWLINE" and takes("RBRACE") and is_body_over(token.span):
            return "RBRACE"
        word = misspelt(token) if token.type in ("NAME", "WORD") else None
        return word if word is not None and takes(word) else None

    def supply(self, kind: str, token: Token) -> Token:
        """Reads a brace that is missing before `token`; returns what to go on with: `token`, or the word that it stands for."""
        if kind not in ("LBRACE", "RBRACE"):
            return token._replace(type=kind)
        brace = Token(kind, "", token.span)
        self.run.depth.follow(brace)
        self.stack.put(brace)
        return token

    def describe(self, token: Token) -> None:
        """Reports what is wrong at a token that the grammar does not take there."""
        if token.type == "BAD":  # the lexer said it
            if self.goes_on_astray(token) and self.run.diagnostics and self.run.diagnostics[-1].span == token.span:
                self.run.diagnostics.pop()
                self.run.unsaid += 1
            return
        if self.follows_semicolon(token):
            self.run.unsaid += 1
        elif not self.is_closed_after(token):
            opener = self.run.brackets[-1]
            self.run.report(Unclosed(opener.value, CLOSERS[opener.value]), opener.span)
        elif token.type == "$END" and self.run.depth.braces:
            if not self.is_line_open:
                self.report_unclosed()
        elif self.goes_on_astray(token) or self.goes_on_from_mistake(token):
            self.run.unsaid += 1
        else:
            expected = self.stack.acceptable()
            braces = self.run.depth.braces
            if expected == {"RBRACE"} and braces and "\n" in self.run.source.text[braces[-1].span.end : token.span.start]:
                self.report_unclosed()  # the body began on the line of another one
                return
            problem = UnexpectedText(found(token), alternatives(expected), advice(token, expected, self.stack.unfinished()))
            self.run.report(problem, token.span)

    def follows_semicolon(self, token: Token) -> bool:
        """Returns whether a line ends too early at a `;` that is reported."""
        last = self.run.diagnostics[-1].span if token.type == "NEWLINE" and self.run.diagnostics else None
        return last is not None and last.text.startswith(";") and not self.is_next_line(Token("BAD", "", last), token)

    def report_unclosed(self) -> None:
        """Reports the innermost body that is open where it cannot be."""
        self.run.is_unbalanced = True
        self.run.report(Unclosed("{", "}"), self.run.depth.braces[-1].span)

    def goes_on_astray(self, token: Token) -> bool:
        """Returns whether a reported mistake already led outside all definitions: what stands there is no further one."""
        values = self.stack.values
        if len(values) > 1 or not self.run.whole_document:
            self.astray = 0
            return False
        definitions = len(values[-1])
        before, self.astray = self.astray, definitions + 1  # this mistake becomes a definition, a broken one
        is_broken = definitions > 0 and isinstance(values[-1][-1], Broken)
        between = values[-1][before:] if before else []
        if between and all(isinstance(item, Let) and indentation(item.span) for item in between):
            return True  # the same body without its head
        return before == definitions > 0 or (is_broken and (token.type == "LBRACE" or indentation(token.span) > 0))

    def goes_on_from_mistake(self, token: Token) -> bool:
        """Returns whether a line that cannot be a statement goes on from one with a mistake, and marks it as one, too."""
        if token.type not in GOES_ON | GOES_ON_INDENTED or not begins_line(token.span):
            return False
        text = self.run.source.text
        line = text.rfind("\n", 0, token.span.start)
        if line < 0 or text.rfind("\n", 0, line) not in self.run.faulty:
            return False
        before = token.span._replace(start=line, end=line)
        if token.type not in GOES_ON and indentation(token.span) <= indentation(before):
            return False
        self.run.faulty.add(line)
        return True

    def is_next_line(self, before: Token, token: Token) -> bool:
        return "\n" in self.run.source.text[before.span.end : token.span.start]

    def is_closed_after(self, token: Token) -> bool:
        """Returns whether the open brackets have their partners behind `token`: then newlines still do not count."""
        if self.run.brackets and token.type in ("LBRACE", "RBRACE", "NEWLINE"):
            return False
        if not self.run.brackets:
            return True
        if self.partners is None:
            self.partners = Partners(self.run.source.text)
        return self.partners.close([bracket.value for bracket in self.run.brackets], token.span.end)

    def give_up(self, token: Token, resumes: bool) -> Token | None:
        """Skips the rest of the statement at fault and leaves `Broken` in its place.

        Where it `resumes`, the mistakes in the body of that statement are still found.
        """
        if not self.is_closed_after(token):
            if token.type in ("NAME", "IF", "TEXT") and begins_line(token.span):
                self.run.lexer.again = token.span.start  # what was never closed ended before this line
                token = Token("NEWLINE", "", token.span._replace(end=token.span.start))
            self.run.brackets.clear()
        self.run.depth.leave_brackets()
        lost = broken(self.stack.unfinished(), token.span)
        self.stack.drop_unfinished()
        outside = self.stack.open_bodies()
        if outside == 0 and lost[0].name is None:
            lost = [Broken(constant_on_line(token.span), token.span)]
        following = self.skip(token, outside, resumes)
        inside = self.run.depth.braces[outside:]
        if following.type != "NEWLINE" or not inside:
            self.stack.values[-1].extend(lost)
        for brace in inside if following.type == "NEWLINE" else ():
            self.stack.put(Token("LOST", lost, brace.span))
            self.stack.put(brace)
            self.stack.put(following)
            lost = []
        return None if following.type == "NEWLINE" else following

    def skip(self, token: Token, outside: int, resumes: bool) -> Token:
        """Returns the token at which a statement in `outside` braces ends, `token` being in it: the end of its line, or
        the brace or end of file before."""
        self.run.skipping = True
        braces = self.run.depth.braces
        while token.type != "$END" and not (token.type == "RBRACE" and len(braces) < outside):
            if token.type == "NEWLINE" and (resumes or len(braces) <= outside):
                break
            following = next(self.run.tokens)
            if self.run.brackets and self.is_next_line(token, following) and not self.is_closed_after(following):
                self.run.brackets.clear()
            token = following
            if token.type in FOLLOWED:
                self.run.depth.follow(token)
        self.run.skipping = False
        return token

    def close_bodies(self, token: Token) -> Token:
        """Ends all bodies before `token`, and returns it."""
        for _ in range(self.stack.open_bodies()):
            self.stack.put(Token("RBRACE", "", token.span))
            if self.stack.takes("NEWLINE"):  # it does not where the body stands in another one that began on its line
                self.stack.put(Token("NEWLINE", "", token.span))
            self.stack.complete()
        self.run.depth.braces.clear()
        return token
