#include "manifest/python.h"

#include <string.h>

Python python_open(const char *text, gsize length) {
    bool marked = length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0;
    return (Python){.text = text, .length = length, .at = marked ? 3 : 0};
}

static char peek(const Python *python, gsize ahead) {
    return python->at + ahead < python->length ? python->text[python->at + ahead] : '\0';
}

static bool is_name_char(char c) {
    return g_ascii_isalnum(c) || c == '_' || (c & 0x80) != 0;
}

/* From the opening quote on, to behind the closing one. A string on one line that never closes ends with the line. */
static void read_string(Python *python, PythonToken *token) {
    char quote = peek(python, 0);
    bool triple = peek(python, 1) == quote && peek(python, 2) == quote;
    bool closed = false, plain = !triple;
    python->at += triple ? 3 : 1;
    token->from = python->at;
    while (!closed && python->at < python->length) {
        char c = peek(python, 0);
        if (c == '\n' && !triple)
            break;
        closed = c == quote && (!triple || (peek(python, 1) == quote && peek(python, 2) == quote));
        plain = plain && c != '\\';
        python->at += closed ? 0 : c == '\\' ? 2 : 1;
    }
    python->at = MIN(python->at, python->length);
    token->kind = PYTHON_STRING;
    token->to = python->at;
    token->literal = token->literal && plain && closed;
    python->at += !closed ? 0 : triple ? 3 : 1;
}

/* r, b, u, f and their pairs, directly before a quote. */
static bool is_prefix(const Python *python, gsize size) {
    bool quote = peek(python, size) == '"' || peek(python, size) == '\'';
    for (gsize i = 0; i < size; i++)
        quote = quote && strchr("rbuftRBUFT", peek(python, i)) != NULL;
    return quote && size <= 2;
}

static void read_name(Python *python, PythonToken *token) {
    gsize size = 0;
    while (python->at + size < python->length && is_name_char(peek(python, size)))
        size++;
    token->literal = size == 0 || (size == 1 && strchr("rRuU", peek(python, 0)) != NULL);
    if (is_prefix(python, size)) {
        python->at += size;
        read_string(python, token);
        return;
    }
    token->kind = PYTHON_NAME;
    python->at += size;
    token->to = python->at;
}

static void read_mark(Python *python, PythonToken *token) {
    char c = peek(python, 0);
    bool opens = c == '(' || c == '[' || c == '{', closes = c == ')' || c == ']' || c == '}';
    python->depth += opens ? 1 : 0;
    python->depth -= closes && python->depth > 0 ? 1 : 0;
    token->kind = PYTHON_MARK;
    token->to = ++python->at;
}

/* Blanks, comments, joined lines, and line ends inside brackets. */
static void skip_space(Python *python) {
    while (python->at < python->length) {
        char c = peek(python, 0);
        if (c == '#') {
            const char *end = memchr(python->text + python->at, '\n', python->length - python->at);
            python->at = end != NULL ? (gsize)(end - python->text) : python->length;
        } else if (c == '\\' && (peek(python, 1) == '\n' || (peek(python, 1) == '\r' && peek(python, 2) == '\n')))
            python->at += peek(python, 1) == '\n' ? 2 : 3;
        else if (c == ' ' || c == '\t' || c == '\r' || c == '\f' || (c == '\n' && python->depth > 0))
            python->at++;
        else
            return;
    }
}

static bool begins_line(const Python *python, gsize before) {
    bool first = before == 0 || (before == 3 && python->text[0] == '\xef') || python->text[before - 1] == '\n';
    return first && before == python->at && python->depth == 0;
}

PythonToken python_next(Python *python) {
    gsize before = python->at;
    skip_space(python);
    PythonToken token = {.from = python->at, .to = python->at, .depth = python->depth, .unindented = begins_line(python, before)};
    char c = peek(python, 0);
    if (python->at >= python->length)
        return token;
    if (c == '\n') {
        token.kind = PYTHON_LINE;
        token.to = ++python->at;
    } else if (is_name_char(c) || c == '"' || c == '\'')
        read_name(python, &token);
    else
        read_mark(python, &token);
    return token;
}

bool python_is(const Python *python, const PythonToken *token, const char *word) {
    bool plain = token->kind == PYTHON_NAME || token->kind == PYTHON_MARK;
    return plain && token->to - token->from == strlen(word) && memcmp(python->text + token->from, word, strlen(word)) == 0;
}

static bool ends_statement(const Python *python, const PythonToken *token) {
    return token->kind == PYTHON_END || token->kind == PYTHON_LINE || python_is(python, token, ";");
}

/* Behind an annotation, at its '='. */
static PythonToken skip_annotation(Python *python) {
    PythonToken token = python_next(python);
    while (!ends_statement(python, &token) && !(token.depth == 0 && python_is(python, &token, "=")))
        token = python_next(python);
    return token;
}

/* The value of `name [: type] = [name =] VALUE`, where it is one token. */
static bool read_value(Python *python, PythonToken *value) {
    PythonToken token = python_next(python);
    if (python_is(python, &token, ":"))
        token = skip_annotation(python);
    while (python_is(python, &token, "=")) {
        *value = python_next(python);
        token = python_next(python);
        if (ends_statement(python, &token))
            return value->kind == PYTHON_NAME || (value->kind == PYTHON_STRING && value->literal);
        if (value->kind != PYTHON_NAME)
            return false;
    }
    return false;
}

void python_assigned(const char *text, gsize length, const char *name, PythonFound found, void *data) {
    Python python = python_open(text, length);
    for (PythonToken token = python_next(&python); token.kind != PYTHON_END; token = python_next(&python)) {
        PythonToken value = {0};
        if (!token.unindented || !python_is(&python, &token, name))
            continue;
        /* Read by another reader: what is no assignment is read again, from here on. */
        Python ahead = python;
        if (read_value(&ahead, &value))
            found(&value, data);
    }
}
