/* Wheels and sdists made in a test. */
#pragma once

#include <archive.h>
#include <archive_entry.h>
#include <glib.h>
#include <stdbool.h>
#include <string.h>

typedef struct {
    const char *path;
    const char *text; /* NULL: a folder; "->TARGET": a symbolic link */
} Part;

#define MAX_PARTS 12
#define RECORD_HERE "@RECORD@" /* text of a part: the RECORD of all others */

static inline void archive_put(struct archive *archive, const char *path, const char *text) {
    struct archive_entry *entry = archive_entry_new();
    archive_entry_set_pathname_utf8(entry, path);
    if (archive_entry_pathname(entry) == NULL)
        archive_entry_set_pathname(entry, path);
    bool link = text != NULL && g_str_has_prefix(text, "->");
    archive_entry_set_filetype(entry, text == NULL ? AE_IFDIR : link ? AE_IFLNK : AE_IFREG);
    archive_entry_set_perm(entry, text == NULL ? 0755 : 0644);
    if (link)
        archive_entry_set_symlink(entry, text + 2);
    archive_entry_set_size(entry, text == NULL || link ? 0 : (la_int64_t)strlen(text));
    g_assert_cmpint(archive_write_header(archive, entry), ==, ARCHIVE_OK);
    if (text != NULL && !link)
        g_assert_cmpint(archive_write_data(archive, text, strlen(text)), ==, (la_ssize_t)strlen(text));
    archive_entry_free(entry);
}

static inline char *archive_hash(const char *text) {
    guint8 raw[32];
    gsize length = sizeof raw;
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
    g_checksum_update(checksum, (const guchar *)text, -1);
    g_checksum_get_digest(checksum, raw, &length);
    char *hash = g_base64_encode(raw, length);
    g_strdelimit(hash, "+", '-');
    g_strdelimit(hash, "/", '_');
    g_strdelimit(hash, "=", '\0');
    return hash;
}

static inline char *archive_record(const Part *parts) {
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < MAX_PARTS && parts[i].path != NULL; i++) {
        const char *text = parts[i].text;
        if (text == NULL)
            continue;
        g_autofree char *hash = archive_hash(text);
        const char *quote = strchr(parts[i].path, ',') != NULL ? "\"" : "";
        if (strcmp(text, RECORD_HERE) == 0)
            g_string_append_printf(out, "%s,,\n", parts[i].path);
        else
            g_string_append_printf(out, "%s%s%s,sha256=%s,%zu\n", quote, parts[i].path, quote, hash, strlen(text));
    }
    return g_string_free(out, FALSE);
}

/* A zip or tar.gz by the name's ending; returns its path. g_free. */
static inline char *archive_make(const char *folder, const char *name, const Part *parts) {
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autofree char *record = archive_record(parts);
    struct archive *archive = archive_write_new();
    if (g_str_has_suffix(name, ".whl")) {
        archive_write_set_format_zip(archive);
    } else {
        archive_write_add_filter_gzip(archive);
        archive_write_set_format_pax_restricted(archive);
    }
    archive_write_set_options(archive, "hdrcharset=UTF-8");
    g_assert_cmpint(archive_write_open_filename(archive, path), ==, ARCHIVE_OK);
    for (guint i = 0; i < MAX_PARTS && parts[i].path != NULL; i++)
        archive_put(archive, parts[i].path, g_strcmp0(parts[i].text, RECORD_HERE) == 0 ? record : parts[i].text);
    g_assert_cmpint(archive_write_free(archive), ==, ARCHIVE_OK);
    return g_steal_pointer(&path);
}

/* A wheel and an sdist of one version that are right: package "demo-pkg", module "demo". Return their paths. */
static inline char *archive_wheel(const char *folder, const char *version) {
    g_autofree char *name = g_strdup_printf("demo_pkg-%s-py3-none-any.whl", version);
    g_autofree char *module = g_strdup_printf("__version__ = '%s'\n", version);
    g_autofree char *metadata = g_strdup_printf("Metadata-Version: 2.1\nName: demo-pkg\nVersion: %s\n", version);
    g_autofree char *info = g_strdup_printf("demo_pkg-%s.dist-info", version);
    g_autofree char *metadata_path = g_strconcat(info, "/METADATA", NULL);
    g_autofree char *wheel_path = g_strconcat(info, "/WHEEL", NULL);
    g_autofree char *record_path = g_strconcat(info, "/RECORD", NULL);
    const Part parts[MAX_PARTS] = {
        {"demo/__init__.py", module},
        {metadata_path, metadata},
        {wheel_path, "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"},
        {record_path, RECORD_HERE},
    };
    return archive_make(folder, name, parts);
}

static inline char *archive_sdist(const char *folder, const char *version) {
    g_autofree char *top = g_strdup_printf("demo_pkg-%s", version);
    g_autofree char *name = g_strconcat(top, ".tar.gz", NULL);
    g_autofree char *metadata = g_strdup_printf("Metadata-Version: 2.1\nName: demo-pkg\nVersion: %s\n", version);
    g_autofree char *info_path = g_strconcat(top, "/PKG-INFO", NULL);
    g_autofree char *project_path = g_strconcat(top, "/pyproject.toml", NULL);
    const Part parts[MAX_PARTS] = {{info_path, metadata}, {project_path, "[project]\n"}};
    return archive_make(folder, name, parts);
}
