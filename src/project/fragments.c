#include "project/fragments.h"

#include "base/digest.h"
#include "changelog/add.h"

#include <string.h>

#define NAME_LENGTH 40

static void fragment_free(Fragment *fragment) {
    g_free(fragment->path);
    g_free(fragment->text);
    g_bytes_unref(fragment->bytes);
    g_free(fragment);
}

/* "changes/login-loop.fixed.md" → "Fixed"; NULL: no fragment. */
static const char *category_of(const char *folder, const char *path) {
    gsize length = strlen(folder);
    if (length == 0 || strncmp(path, folder, length) != 0 || path[length] != '/' || strchr(path + length + 1, '/') != NULL)
        return NULL;
    const char *const *categories = changelog_categories();
    for (guint i = 0; categories[i] != NULL; i++) {
        g_autofree char *lower = g_ascii_strdown(categories[i], -1);
        g_autofree char *ending = g_strdup_printf(".%s.md", lower);
        if (g_str_has_suffix(path, ending))
            return categories[i];
    }
    return NULL;
}

static Fragment *read_one(const World *world, const char *path, const char *category, GError **error) {
    g_autoptr(GBytes) bytes = world_file(world, path, error);
    if (bytes == NULL)
        return NULL;
    gsize length = 0;
    const char *data = g_bytes_get_data(bytes, &length);
    g_autofree char *text = g_utf8_validate_len(data, length, NULL) ? g_strstrip(g_strndup(data, length)) : g_strdup("");
    g_auto(GStrv) lines = g_strsplit_set(text, "\r", -1);
    g_autofree char *plain = g_strjoinv("", lines);
    const char *words = plain + (g_str_has_prefix(plain, "- ") || g_str_has_prefix(plain, "* ") ? 2 : 0);
    if (*words == '\0') {
        error_set(error, ERROR_CHANGELOG, "%s:1: there is no UTF-8 text in it", path);
        error_state(error, "nothing was changed");
        error_fix(error, "write one entry of the changelog into it, or remove it");
        return NULL;
    }
    Fragment *fragment = g_new0(Fragment, 1);
    *fragment = (Fragment){.path = g_strdup(path), .category = category, .bytes = g_steal_pointer(&bytes), .text = g_strdup(words)};
    return fragment;
}

GPtrArray *fragments_read(const World *world, GError **error) {
    const char *folder = config_string(world->config, "changelog.fragments");
    g_autoptr(GPtrArray) fragments = g_ptr_array_new_with_free_func((GDestroyNotify)fragment_free);
    for (guint i = 0; i < world->files->len; i++) {
        const char *path = g_ptr_array_index(world->files, i);
        const char *category = category_of(folder, path);
        GError *problem = NULL;
        Fragment *fragment = category != NULL ? read_one(world, path, category, &problem) : NULL;
        if (problem != NULL) {
            g_propagate_error(error, problem);
            return NULL;
        }
        if (fragment != NULL)
            g_ptr_array_add(fragments, fragment);
    }
    return g_steal_pointer(&fragments);
}

GBytes *fragments_collect(const World *world, const GPtrArray *fragments, GError **error) {
    const char *path = world_changelog_path(world);
    g_autoptr(GBytes) bytes = world->changelog_bytes != NULL ? g_bytes_ref(world->changelog_bytes) : NULL;
    for (guint i = 0; i < fragments->len; i++) {
        const Fragment *fragment = g_ptr_array_index(fragments, i);
        g_autoptr(Changelog) changelog = bytes != NULL ? changelog_parse(bytes, path, error) : NULL;
        if (bytes != NULL && changelog == NULL)
            return NULL;
        GBytes *next = changelog_add(changelog, fragment->category, fragment->text, error);
        if (next == NULL)
            return NULL;
        g_clear_pointer(&bytes, g_bytes_unref);
        bytes = next;
    }
    return g_steal_pointer(&bytes);
}

char *fragments_path(const World *world, const char *category, const char *text) {
    g_autofree char *lower = g_ascii_strdown(category, -1);
    g_autofree char *digest = digest_string(text);
    GString *name = g_string_new(NULL);
    for (const char *p = text; *p != '\0' && name->len < NAME_LENGTH; p++) {
        if (g_ascii_isalnum(*p))
            g_string_append_c(name, g_ascii_tolower(*p));
        else if (name->len > 0 && name->str[name->len - 1] != '-')
            g_string_append_c(name, '-');
    }
    g_autofree char *slug = g_string_free(name, FALSE);
    return g_strdup_printf("%s/%s%s%.6s.%s.md", config_string(world->config, "changelog.fragments"), slug,
                           g_str_has_suffix(slug, "-") || *slug == '\0' ? "" : "-", digest, lower);
}
