"""What the style tests share: the files of the house, and C read just well enough to measure it."""

import os
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
LEFT_OUT = {".git", "__pycache__", ".pytest_cache", ".mypy_cache", ".venv", "node_modules"}


def files(*folders, endings=None, root=ROOT):
    """Paths of files below folders of the root (or the root itself), built and cached ones left out, and what points a work tree to its repository; sorted."""
    found = []
    for start in folders or (".",):
        for path, names, leaves in os.walk(root / start):
            names[:] = [name for name in names if name not in LEFT_OUT and not (pathlib.Path(path) == root and name.startswith("build"))]
            found += [pathlib.Path(path) / leaf for leaf in leaves if leaf != ".git" and (endings is None or leaf.endswith(tuple(endings)))]
    return sorted(path for path in found if not path.is_symlink())


def shown(path, root=ROOT):
    return str(path.relative_to(root))


def read(path):
    return path.read_text("utf-8", "surrogateescape")


# ---- C ----

NOISE = re.compile(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.DOTALL)
DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n\\]|\\\n|\\.)*", re.MULTILINE)
TOKEN = re.compile(r"[A-Za-z_]\w*|\n|->|[{}()\[\];,=:?]|[^\s\w]|\d[\w.]*")
ATTRIBUTES = re.compile(r"__attribute__|G_GNUC_\w+|G_ANALYZER_\w+")


def blank(match):
    """The lines stay where they are."""
    text = match[0]
    filler = '""' if text[0] == '"' else "0" if text[0] == "'" else " "
    return filler + "\n" * text.count("\n")


def without_noise(text):
    """C without comments and without what stands in strings."""
    return NOISE.sub(blank, text)


def tokens(text):
    """[(token, line)] of C without comments, strings and preprocessor lines."""
    code = DIRECTIVE.sub(lambda match: "\n" * match[0].count("\n"), without_noise(text))
    line, result = 1, []
    for match in TOKEN.finditer(code):
        if match[0] == "\n":
            line += 1
        else:
            result.append((match[0], line))
    return result


def closing(row, start):
    """Index of the bracket that closes the one at `start`."""
    pairs = {"(": ")", "{": "}", "[": "]"}
    depth, end = 0, pairs[row[start][0]]
    for index in range(start, len(row)):
        if row[index][0] == row[start][0]:
            depth += 1
        elif row[index][0] == end:
            depth -= 1
            if depth == 0:
                return index
    return len(row) - 1


class Function:
    """A function's definition: name, first and last line, number of parameters, deepest nesting, whether it is static."""

    def __init__(self, name, row, params, body):
        self.name, self.first, self.last = name[0], name[1], body[-1][1] if body else name[1]
        self.lines = self.last - self.first + 1
        self.params = parameters(params)
        self.depth = Nesting(body).deepest
        self.static = any(token == "static" for token, _ in row)


def parameters(row):
    words = [token for token, _ in row]
    if not words or words == ["void"]:
        return 0
    depth = count = 0
    for word in words:
        depth += (word in "([") - (word in ")]")
        count += word == "," and depth == 0
    return count + 1


def parameter_list(row):
    """(index of the name, of the parenthesis) of the function that `row`, up to its body, declares; None where it is none."""
    index, found = 0, None
    while index < len(row):
        name = row[index - 1][0] if index else ""
        if row[index][0] == "=":
            return None
        if row[index][0] == "(":
            if re.fullmatch(r"[A-Za-z_]\w*", name) and not ATTRIBUTES.fullmatch(name):
                found = (index - 1, index)
            index = closing(row, index)
        elif not ATTRIBUTES.fullmatch(row[index][0]):
            found = None
        index += 1
    return found


def functions(text):
    """Every function defined in a C text."""
    row, found, start, index = tokens(text), [], 0, 0
    while index < len(row):
        if row[index][0] == ";":
            start = index + 1
        elif row[index][0] == "{":
            end, head = closing(row, index), row[start:index]
            if place := parameter_list(head):
                name, opening = place
                found.append(Function(head[name], head, head[opening + 1 : closing(head, opening)], row[index + 1 : end + 1]))
                start = end + 1
            index = end
        index += 1
    return found


class Nesting:
    """How deep the control statements of a function's body stand in each other; `else if` is no deeper than its `if`."""

    def __init__(self, body):
        self.row, self.at, self.deepest = body, 0, 0
        while self.at < len(body) - 1:
            self.statement(0)

    def peek(self):
        return self.row[self.at][0] if self.at < len(self.row) else "}"

    def statement(self, depth):
        self.deepest = max(self.deepest, depth)
        word = self.peek()
        if word == "{":
            self.block(depth)
        elif word in ("if", "for", "while", "switch"):
            self.at = closing(self.row, self.at + 1) + 1
            self.statement(depth + 1)
            if word == "if" and self.peek() == "else":
                self.at += 1
                self.statement(depth if self.peek() == "if" else depth + 1)
        elif word == "do":
            self.at += 1
            self.statement(depth + 1)
            self.simple()
        else:
            self.simple()

    def block(self, depth):
        end = closing(self.row, self.at)
        self.at += 1
        while self.at < end:
            self.statement(depth)
        self.at = end + 1

    def simple(self):
        """To the semicolon, or behind the label's colon."""
        label = self.peek() in ("case", "default")
        questions = 0
        while self.at < len(self.row):
            word = self.peek()
            if word in "({[":
                self.at = closing(self.row, self.at)
            questions += word == "?"
            self.at += 1
            if word == ";" or word == "}" or (label and word == ":" and not questions):
                return
            questions -= word == ":"
