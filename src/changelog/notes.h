/* Release notes out of data. Pure; the same input always gives the same bytes. */
#pragma once

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>

typedef struct {
    const char *name; /* as it was given; made harmless when it is written */
    bool first;       /* has not contributed to an earlier release */
    bool bot;
} NotesPerson;

typedef struct {
    const char *project, *version, *tag, *date;
    const char *previous; /* the previous release's tag; NULL: this is the first */
    const char *changes;  /* the changelog's body, Markdown */
    const char *upgrade;  /* upgrade instructions, Markdown; NULL: none were written */
    const char *breaking; /* what breaks by the commits, Markdown, where the changelog names nothing; NULL: nothing */
    const char *compare;  /* address of the full difference; NULL: none */
    const GArray *people; /* of NotesPerson */
    bool mentions;        /* leave @names as they are */
} NotesInput;

/* The parts: {project, version, tag, date, previous, summary, breaking, upgrade, known_issues, changes: [{title, body}], contributors: [{name, first}],
 * bots: [{name}], compare}; whoever has them adds pulls: [{sign, number, title, url, by}]. Texts are Markdown; what there is none of is "" or []. New
 * reference. */
json_t *notes_parts(const NotesInput *input);
/* Markdown by a mustache template (NULL: the built-in one) over the parts. NULL with *problem, g_free, where the template is wrong. g_free. */
char *notes_write(const json_t *parts, const char *template_text, char **problem);
/* Which of `required` (summary, breaking, upgrade, known-issues, changes) there is nothing of; NULL: none. Borrowed. */
const char *notes_missing(const json_t *parts, const char *const *required);
/* Is this a name of a part that can be required? */
bool notes_is_part(const char *name);
