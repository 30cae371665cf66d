#include "effects/review.h"

#include "base/clock.h"
#include "base/text.h"

#include <string.h>

void effects_review_add(json_t *rows, const char *what, const char *planned, const char *is, bool ok) {
    json_t *row = json_object();
    json_object_set_new(row, "what", jsonx_text(what));
    json_object_set_new(row, "planned", planned != NULL ? jsonx_text(planned) : json_null());
    json_object_set_new(row, "is", is != NULL ? jsonx_text(is) : json_null());
    json_object_set_new(row, "ok", json_boolean(ok));
    json_array_append_new(rows, row);
}

/* ---- the release ---- */

static void same_text(json_t *rows, const char *what, const char *planned, const char *is) {
    effects_review_add(rows, what, planned, is, g_strcmp0(planned, is) == 0);
}

/* Forges differ in how they keep line ends and the end of the text. */
static char *plain_notes(const char *notes) {
    g_autoptr(GString) text = g_string_new(notes != NULL ? notes : "");
    g_string_replace(text, "\r\n", "\n", 0);
    return g_strchomp(g_string_free(g_steal_pointer(&text), FALSE));
}

char *effects_edited_notes(const ForgeRelease *planned, const ForgeRelease *is) {
    g_autofree char *before = plain_notes(planned->notes);
    g_autofree char *after = plain_notes(is->notes);
    if (*after == '\0' || strcmp(before, after) == 0)
        return NULL;
    g_autofree char *old = g_strconcat(before, "\n", NULL);
    g_autofree char *new = g_strconcat(after, "\n", NULL);
    g_autoptr(GBytes) old_bytes = g_bytes_new(old, strlen(old));
    g_autoptr(GBytes) new_bytes = g_bytes_new(new, strlen(new));
    return text_diff("notes.md", old_bytes, new_bytes);
}

static char *size_of_notes(const char *notes) {
    g_autofree char *text = plain_notes(notes);
    return *text != '\0' ? g_strdup_printf("%ld characters", g_utf8_strlen(text, -1)) : g_strdup("none");
}

static void review_notes(const ForgeRelease *planned, const ForgeRelease *is, json_t *rows) {
    g_autofree char *wanted = size_of_notes(planned->notes);
    g_autofree char *there = size_of_notes(is->notes);
    g_autofree char *edited = effects_edited_notes(planned, is);
    g_autofree char *shown = edited != NULL ? g_strdup_printf("%s, edited at the forge", there) : g_strdup(there);
    effects_review_add(rows, "notes", wanted, shown, !g_str_equal(there, "none") || g_str_equal(wanted, "none"));
}

void effects_review_release(const ForgeRelease *planned, const ForgeRelease *is, json_t *rows) {
    same_text(rows, "tag", planned->tag, is->tag);
    same_text(rows, "name", planned->name, is->name);
    if (is->target != NULL)
        same_text(rows, "target", planned->target, is->target);
    if (is->branch != NULL && planned->branch != NULL)
        same_text(rows, "branch", planned->branch, is->branch);
    same_text(rows, "pre-release", planned->prerelease ? "yes" : "no", is->prerelease ? "yes" : "no");
    review_notes(planned, is, rows);
    same_text(rows, "mark", planned->mark, is->mark);
    g_autofree char *wanted = clock_timestamp(planned->created);
    g_autofree char *there = clock_timestamp(is->created);
    if (is->created != 0)
        same_text(rows, "date", wanted, there);
}

/* ---- its assets ---- */

static char *shown_asset(guint64 size, const char *sha256) {
    return g_strdup_printf("%" G_GUINT64_FORMAT " bytes, SHA-256 %.16s", size, sha256);
}

/* One planned asset: its bytes are read back. */
static bool review_asset(Forge *forge, const ForgeRelease *is, const EffectsFile *file, json_t *rows, GError **error) {
    const ForgeAsset *listed = forge_release_asset(is, file->name);
    g_autofree char *what = g_strconcat("asset ", file->name, NULL);
    g_autofree char *planned = shown_asset(file->size, file->sha256);
    if (listed == NULL || listed->half) {
        effects_review_add(rows, what, planned, listed != NULL ? "only half of it" : "not there", false);
        return true;
    }
    guint64 size = 0;
    GError *problem = NULL;
    ForgeWanted wanted = {.release = is, .asset = listed, .limit = file->size};
    g_autofree char *digest = forge_asset_digest(forge, &wanted, &size, &problem);
    if (error_is(problem, ERROR_TOO_LARGE)) {
        g_clear_error(&problem);
        effects_review_add(rows, what, planned, "more bytes than that", false);
        return true;
    }
    if (digest == NULL) {
        g_propagate_error(error, problem);
        return false;
    }
    bool said = listed->size == file->size && (listed->sha256 == NULL || strcmp(listed->sha256, file->sha256) == 0);
    bool same = size == file->size && strcmp(digest, file->sha256) == 0;
    g_autofree char *there = shown_asset(size, digest);
    g_autofree char *claimed = shown_asset(listed->size, listed->sha256 != NULL ? listed->sha256 : "?");
    effects_review_add(rows, what, planned, same && !said ? claimed : there, same && said);
    return true;
}

static bool is_planned(const json_t *files, const char *name) {
    for (gsize i = 0; i < json_array_size(files); i++) {
        if (g_strcmp0(jsonx_string(json_array_get(files, i), "name"), name) == 0)
            return true;
    }
    return false;
}

static bool is_loose(const json_t *loose, const char *name) {
    for (gsize i = 0; i < json_array_size(loose); i++) {
        if (g_strcmp0(json_string_value(json_array_get(loose, i)), name) == 0)
            return true;
    }
    return false;
}

bool effects_review_assets(Forge *forge, const ForgeRelease *is, const json_t *files, const json_t *loose, json_t *rows, GError **error) {
    for (gsize i = 0; i < json_array_size(files); i++) {
        EffectsFile file;
        if (!effects_file(files, i, &file, error) || !review_asset(forge, is, &file, rows, error))
            return false;
    }
    for (guint i = 0; i < is->assets->len; i++) {
        const ForgeAsset *asset = is->assets->pdata[i];
        g_autofree char *what = g_strconcat("asset ", asset->name, NULL);
        if (!is_planned(files, asset->name) && !is_loose(loose, asset->name))
            effects_review_add(rows, what, "none of this name", "there", false);
        else if (forge_release_asset(is, asset->name) != asset) /* some forges take two of a name: only the first was read */
            effects_review_add(rows, what, "one of this name", "there is another", false);
    }
    return true;
}

/* ---- judging ---- */

char *effects_review_wrong(const json_t *rows) {
    GString *lines = g_string_new(NULL);
    for (gsize i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        const char *planned = jsonx_string(row, "planned"), *is = jsonx_string(row, "is");
        if (jsonx_bool(row, "ok", false))
            continue;
        g_autofree char *line =
            g_strdup_printf("%s: planned %.200s, found %.200s", jsonx_string(row, "what"), planned != NULL ? planned : "nothing", is != NULL ? is : "nothing");
        g_autofree char *clean = text_escape(line, -1, false);
        g_string_append_printf(lines, "%s%s", lines->len > 0 ? "\n" : "", clean);
    }
    char *text = g_string_free(lines, FALSE);
    if (*text != '\0')
        return text;
    g_free(text);
    return NULL;
}

bool effects_review_judge(const char *what, const json_t *rows, GError **error) {
    g_autofree char *wrong = effects_review_wrong(rows);
    guint count = 0;
    for (gsize i = 0; i < json_array_size(rows); i++)
        count += jsonx_bool(json_array_get(rows, i), "ok", false) ? 0 : 1;
    if (wrong == NULL)
        return true;
    error_set(error, ERROR_NOT_VERIFIED, "%s is not what was planned: %u difference%s", what, count, count == 1 ? "" : "s");
    error_why(error, "%s", wrong);
    return false;
}
