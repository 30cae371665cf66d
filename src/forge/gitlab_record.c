/* The record of a draft on GitLab: a file in the package. A changed record is another file with a higher number, because GitLab serves the newest of two files
 * of one name, may be set to refuse the second, and lets only maintainers remove the first. */
#include "base/digest.h"
#include "forge/gitlab.h"

#include <string.h>

#define RECORD_STEM "slipway-release"
#define VERSION_BYTES 200

bool forge_gitlab_is_record(const char *file, guint64 *serial) {
    *serial = 1;
    if (strcmp(file, RECORD_STEM ".json") == 0)
        return true;
    if (!g_str_has_prefix(file, RECORD_STEM ".") || !g_str_has_suffix(file, ".json"))
        return false;
    gsize from = strlen(RECORD_STEM ".");
    g_autofree char *number = strlen(file) > from + 5 ? g_strndup(file + from, strlen(file) - from - 5) : NULL;
    return number != NULL && g_ascii_string_to_unsigned(number, 10, 2, G_MAXUINT32, serial, NULL);
}

char *forge_gitlab_record_name(guint64 serial) {
    return serial <= 1 ? g_strdup(RECORD_STEM ".json") : g_strdup_printf(RECORD_STEM ".%" G_GUINT64_FORMAT ".json", serial);
}

GBytes *forge_gitlab_record_write(const ForgeRelease *release, guint64 serial) {
    g_autoptr(json_t) json = json_pack("{s:i, s:I, s:b, s:I}", "slipway", 1, "serial", (json_int_t)serial, "prerelease", (int)release->prerelease, "created",
                                       (json_int_t)release->created);
    json_object_set_new(json, "tag", jsonx_text(release->tag));
    json_object_set_new(json, "name", jsonx_text(release->name));
    json_object_set_new(json, "notes", jsonx_text(release->notes));
    json_object_set_new(json, "mark", jsonx_text(release->mark));
    if (release->target != NULL)
        json_object_set_new(json, "target", jsonx_text(release->target));
    if (release->branch != NULL)
        json_object_set_new(json, "branch", jsonx_text(release->branch));
    char *text = jsonx_pretty(json);
    return g_bytes_new_take(text, strlen(text));
}

ForgeRelease *forge_gitlab_record_read(GBytes *bytes, const char *tag) {
    gsize length = 0;
    const char *text = g_bytes_get_data(bytes, &length);
    g_autoptr(json_t) json = jsonx_parse(text, length, length, "the record", NULL);
    g_autoptr(ForgeRelease) release = forge_release_new();
    release->tag = g_strdup(jsonx_string(json, "tag"));
    release->name = g_strdup(jsonx_string(json, "name"));
    release->notes = g_strdup(jsonx_string(json, "notes"));
    release->target = g_strdup(jsonx_string(json, "target"));
    release->mark = g_strdup(jsonx_string(json, "mark"));
    release->branch = g_strdup(jsonx_string(json, "branch"));
    release->prerelease = jsonx_bool(json, "prerelease", false);
    release->created = jsonx_int(json, "created", 0);
    release->state = FORGE_DRAFT;
    bool whole = jsonx_int(json, "slipway", 0) == 1 && release->name != NULL && release->notes != NULL && release->mark != NULL;
    return whole && g_strcmp0(release->tag, tag) == 0 ? g_steal_pointer(&release) : NULL;
}

/* Of a package GitLab takes [A-Za-z0-9._+-] without "..": other tags get a piece of their digest behind, so that no two share a package. */
char *forge_gitlab_package_version(const char *tag) {
    gsize length = strlen(tag);
    bool same = length > 0 && length <= VERSION_BYTES && strstr(tag, "..") == NULL;
    GString *version = g_string_new(NULL);
    for (gsize i = 0; i < length && i < VERSION_BYTES; i++) {
        bool right = g_ascii_isalnum(tag[i]) || strchr("._+-", tag[i]) != NULL;
        bool twice = tag[i] == '.' && version->len > 0 && version->str[version->len - 1] == '.';
        g_string_append_c(version, right && !twice ? tag[i] : '-');
        same = same && right;
    }
    g_autofree char *digest = same ? NULL : digest_string(tag);
    if (!same)
        g_string_append_printf(version, "-%.12s", digest);
    return g_string_free(version, FALSE);
}
