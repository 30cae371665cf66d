/* docs.todo: words that say that something is not finished. */
#pragma once

#include "docs/tree.h"

/* Calls found for each place where one of the words stands as a whole word (no letter, digit or underscore beside it), in order; byte offsets. */
typedef struct {
    const char *const *words; /* NULL-ended; empty ones are passed over */
    void (*found)(gsize at, guint word, void *data);
    void *data;
} DocsWords;
void docs_words_find(const DocsWords *words, const char *text, gsize length);

typedef struct {
    const char *root;
    const GPtrArray *files; /* of char*, tracked, sorted; those that are to be looked at */
    const char *const *words;
    const char *baseline; /* path of the baseline, relative; "": none */
    bool update;          /* write the baseline instead of comparing with it */
    const gint *cancel;
} DocsTodo;

typedef struct {
    GPtrArray *findings; /* of DocsFinding*, without those of the baseline */
    guint files, known;  /* looked at; found and in the baseline */
    guint gone;          /* in the baseline and no more */
} DocsTodoResult;

/* Baseline: lines "path TAB sha256 of the line without blanks at its ends, runs of blanks as one TAB count", sorted: lines may move about in their file. */
bool docs_todo(const DocsTodo *todo, DocsTodoResult *result, GError **error);
void docs_todo_result_clear(DocsTodoResult *result);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(DocsTodoResult, docs_todo_result_clear)
