/* Text for people: what comes from outside is escaped here before it reaches a screen. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Does it move the cursor, end a line or turn letters round? Control characters, bidirectional controls, dividers of lines and paragraphs, U+FEFF. */
bool text_is_harmful(gunichar c);
/* Control characters, escape sequences, bidirectional overrides and invalid UTF-8 made harmless; tabs stay; newlines stay if asked; NULL is "". g_free. */
char *text_escape(const char *text, gssize length, bool keep_newlines);
/* The last `lines` lines of captured output, escaped, each indented by `indent` and of at most 500 characters. g_free. */
char *text_tail(const char *text, gsize length, guint lines, const char *indent);
/* Unified diff of two texts as `git diff --no-index` would print it (three lines of context), with a/PATH and b/PATH; before may be NULL for a new file.
 * g_free. */
char *text_diff(const char *path, GBytes *before, GBytes *after);
/* "12 s", "3 min 4 s", "0.4 s"; g_free. */
char *text_duration(double seconds);
/* The nearest of `known` (NULL-ended) by edit distance, or NULL if none is near. Borrowed. */
const char *text_nearest(const char *word, const char *const *known);
/* A shell-pasteable form of argv, for showing only. g_free. */
char *text_command(const char *const *argv);
