/* What a release at a forge is held against: a row for each thing, {what, planned, is, ok}, as the effect's result and a person's table have it. */
#pragma once

#include "effects/release.h"

/* All texts are copied; planned and is may be NULL. */
void effects_review_add(json_t *rows, const char *what, const char *planned, const char *is, bool ok);
/* Tag, name, target, branch, flags, notes, mark, date. Notes may be other ones than planned: people edit drafts; that there are none is a difference. */
void effects_review_release(const ForgeRelease *planned, const ForgeRelease *is, json_t *rows);
/* Every planned asset, read back, and those that are not planned, but for the names in `loose` (or NULL). False: they cannot be read. */
bool effects_review_assets(Forge *forge, const ForgeRelease *is, const json_t *files, const json_t *loose, json_t *rows, GError **error);
/* What is wrong, a line each, "asset a.whl: planned …, found …"; NULL: nothing. g_free. */
char *effects_review_wrong(const json_t *rows);
/* NOT_VERIFIED with these lines, if there are any. */
bool effects_review_judge(const char *what, const json_t *rows, GError **error);
/* The notes of a draft that a person edited at the forge, as a diff from the planned ones; NULL: they are as planned, or there are none. g_free. */
char *effects_edited_notes(const ForgeRelease *planned, const ForgeRelease *is);
