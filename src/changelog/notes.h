/* Release notes out of data. Pure; the same input always gives the same bytes. */
#pragma once

#include <glib.h>

typedef struct {
    const char *project, *version, *tag, *date;
    const char *previous;            /* the previous release's tag; NULL: this is the first */
    const char *changes;             /* the changelog's body, Markdown */
    const char *upgrade;             /* upgrade instructions, Markdown; NULL: none were written */
    const char *const *contributors; /* NULL-ended */
} NotesInput;

/* Markdown: Summary, Breaking changes, Upgrade instructions, Changes by category, Known issues, Contributors. g_free. */
char *notes_render(const NotesInput *input);
/* Text of commits and authors made harmless in Markdown: no markup, no @mention, no HTML. g_free. */
char *notes_escape(const char *text);
