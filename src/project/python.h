/* What a Python project needs from this machine: an interpreter and the modules it has. */
#pragma once

#include "base/error.h"

#include <glib.h>

typedef struct {
    char *path;          /* of the interpreter, absolute or relative to the tree (".venv/bin/python") */
    GHashTable *modules; /* set of char*: those of the asked ones that are installed for it */
} Python;

void python_free(Python *python);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Python, python_free)

/* The interpreters of a tree, best first: .venv, venv, $VIRTUAL_ENV, python3 of PATH, /usr/bin/python3. None is started: what is installed is read
 * from pyvenv.cfg, site-packages and dist-packages, as `python -I` would find it. modules: NULL-ended; "dist:NAME" stands for a distribution. Of Python*. */
GPtrArray *python_list(const char *tree, const char *const *modules);
/* The first that has the module; NULL: none. Borrowed. */
const Python *python_with(const GPtrArray *pythons, const char *module);
