/* A reader of Python's tokens ("The Python Language Reference", 2) that keeps positions: what is needed to find a literal that a name is given, no more. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef enum { PYTHON_END, PYTHON_LINE, PYTHON_NAME, PYTHON_STRING, PYTHON_MARK } PythonKind;

typedef struct {
    PythonKind kind; /* LINE: the end of a logical line; NAME: numbers too; MARK: one character */
    gsize from, to;  /* of a string: its content */
    guint depth;     /* of open brackets before it */
    bool literal;    /* of a string: on one line, without escapes, and nothing that is formatted or of bytes */
    bool unindented; /* the first of its line, in the first column */
} PythonToken;

typedef struct {
    const char *text;
    gsize length, at;
    guint depth;
} Python;

Python python_open(const char *text, gsize length);
/* The next token; after the end PYTHON_END again and again. */
PythonToken python_next(Python *python);
bool python_is(const Python *python, const PythonToken *token, const char *word);

/* Calls `found` for each statement of the module itself that gives `name` a literal string or another name, and nothing else. */
typedef void (*PythonFound)(const PythonToken *value, void *data);
void python_assigned(const char *text, gsize length, const char *name, PythonFound found, void *data);
