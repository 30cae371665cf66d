/* Text for people: what comes from outside is escaped here before it reaches a screen. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Does it move the cursor, end a line, turn letters round, or is it there unseen? By Unicode's categories: Cc, Cf, Zl, Zp, Co, Cs and Cn, tags, selectors of
 * variants, and what else is ignorable. */
bool text_is_harmful(gunichar c);
/* Is it, though harmful elsewhere, part of how the letter before it is written? A joiner in scripts that need it and between emoji, and the selector behind an
 * emoji. For running text alone: a name or a path shows these, too. */
bool text_is_needed(gunichar before, gunichar c);
/* "\u200c", above U+FFFF "\u{e0041}". */
void text_add_escape(GString *out, gunichar c);
/* Control characters, escape sequences, bidirectional overrides and invalid UTF-8 made harmless; tabs stay; newlines, and joiners that are needed, stay
 * where the text is more than a name or a path; NULL is "". g_free. */
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
