/* What an install test chooses, hears and unpacks. */
#include "effects/install.h"

#include "archives.h"
#include "base/fs.h"
#include "package/unpack.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

static char *folder;

/* ---- hearing a version ---- */

static const struct {
    const char *text, *version;
    bool says;
} heard[] = {
    {"1.1.0", "1.1.0", true},
    {"tool 1.1.0\n", "1.1.0", true},
    {"tool v1.1.0 (2026)", "1.1.0", true},
    {"This is tool, version 1.1.0.", "1.1.0", true},
    {"tool-1.1.0", "1.1.0", true},
    {"tool/1.1.0, x", "1.1.0", true},
    {"tool 1.1.0 -", "1.1.0", true},
    {"1.1.01 then 1.1.0", "1.1.0", true},
    {"1.1.0-rc.1", "1.1.0-rc.1", true},
    {"1.1.0rc1", "1.1.0rc1", true},
    {"", "1.1.0", false},
    {"1.1", "1.1.0", false},
    {"11.1.0", "1.1.0", false},
    {"0.1.1.0", "1.1.0", false},
    {"1.1.01", "1.1.0", false},
    {"1.1.0.1", "1.1.0", false},
    {"1.1.0-rc.1", "1.1.0", false},
    {"1.1.0rc1", "1.1.0", false},
    {"1.1.0+local", "1.1.0", false},
    {"1.1.0_2", "1.1.0", false},
    {"rev1.1.0", "1.1.0", false},
};

static void test_says(void) {
    for (guint i = 0; i < G_N_ELEMENTS(heard); i++) {
        if (effects_install_says(heard[i].text, heard[i].version) != heard[i].says)
            g_error("\"%s\" and %s", heard[i].text, heard[i].version);
    }
}

/* ---- choosing ---- */

static const struct {
    const char *ecosystem, *package, *version, *also, *artifact;
    const char *files;  /* divided by blanks */
    const char *chosen; /* NULL: refused */
} choices[] = {
    {"python", NULL, "1.1.0", NULL, NULL, "SHA256SUMS tool-1.1.0.tar.gz tool-1.1.0-py3-none-any.whl", "tool-1.1.0-py3-none-any.whl"},
    {"python", "Tool.Kit", "1.1.0", NULL, NULL, "tool_kit-1.1.0-py3-none-any.whl other-1.1.0-py3-none-any.whl", "tool_kit-1.1.0-py3-none-any.whl"},
    {"python", "tool", "1.1.0", NULL, NULL, "tool_kit-1.1.0-py3-none-any.whl tool-1.1.0-py3-none-any.whl", "tool-1.1.0-py3-none-any.whl"},
    {"python", "tool", "1.1.0rc1", "1.1.0-rc.1", NULL, "tool-1.1.0rc1-py3-none-any.whl", "tool-1.1.0rc1-py3-none-any.whl"},
    {"python", "tool", "1.1.0", NULL, NULL, "tool-1.1.0-cp311-cp311-linux_x86_64.whl tool-1.1.0-py3-none-any.whl", "tool-1.1.0-py3-none-any.whl"},
    {"python", "tool", "1.1.0", NULL, NULL, "tool-1.1.0-cp311-cp311-linux_x86_64.whl tool-1.1.0-cp312-cp312-linux_x86_64.whl", NULL},
    {"python", "tool", "1.1.0", NULL, "*-cp311-*", "tool-1.1.0-cp311-cp311-linux_x86_64.whl tool-1.1.0-cp312-cp312-linux_x86_64.whl",
     "tool-1.1.0-cp311-cp311-linux_x86_64.whl"},
    {"python", "tool", "1.1.0", NULL, NULL, "tool-1.1.0.tar.gz", NULL},
    {"npm", "@acme/tool", "1.1.0", NULL, NULL, "acme-tool-1.1.0.tgz acme-tool-kit-1.1.0.tgz", "acme-tool-1.1.0.tgz"},
    {"cargo", "tool", "1.1.0", NULL, NULL, "tool-1.1.0.crate tool-macros-1.1.0.crate", "tool-1.1.0.crate"},
    {"go", "example.org/tool", "1.1.0", NULL, NULL, "tool-1.1.0.zip", "tool-1.1.0.zip"},
    {"command", NULL, "1.1.0", NULL, NULL, "SHA256SUMS tool-1.1.0.deb", "tool-1.1.0.deb"},
    {"archive", NULL, "1.1.0", NULL, NULL, "a-1.1.0.tar.gz a-1.1.0.zip", NULL},
    {"archive", NULL, "1.1.0", NULL, "*.zip", "a-1.1.0.tar.gz a-1.1.0.zip", "a-1.1.0.zip"},
};

static json_t *files_of(const char *names) {
    static const char digest[] = "0000000000000000000000000000000000000000000000000000000000000000";
    g_auto(GStrv) list = g_strsplit(names, " ", -1);
    json_t *files = json_array();
    for (guint i = 0; list[i] != NULL; i++)
        json_array_append_new(files, effects_file_json(list[i], 1, digest));
    return files;
}

static void test_choose(void) {
    for (guint i = 0; i < G_N_ELEMENTS(choices); i++) {
        g_autoptr(json_t) files = files_of(choices[i].files);
        g_autoptr(json_t) wish = json_pack("{s: s?, s: s, s: s?, s: s?}", "package", choices[i].package, "version", choices[i].version, "also", choices[i].also,
                                           "artifact", choices[i].artifact);
        g_autoptr(GError) error = NULL;
        const char *chosen = effects_install_choose(effects_installer(choices[i].ecosystem), wish, files, &error);
        if (g_strcmp0(chosen, choices[i].chosen) != 0 || (chosen == NULL) != error_is(error, ERROR_PACKAGE))
            g_error("%u: %s of %s", i, chosen != NULL ? chosen : "none", choices[i].files);
    }
    g_assert_null(effects_installer("cobol"));
    g_assert_null(effects_installer(NULL));
}

/* ---- unpacking ---- */

typedef struct {
    const char *path;
    mode_t type; /* AE_IFREG, AE_IFDIR, … */
    mode_t mode;
    const char *link; /* where a link points to; a hard link where the type is AE_IFREG */
} Member;

static const struct {
    const char *name;
    Member members[3];
    const char *says; /* why it is refused; NULL: it is not */
} archives[] = {
    {"right", {{"a/b", AE_IFREG, 0755, NULL}, {"a", AE_IFDIR, 0700, NULL}, {"./c", AE_IFREG, 0600, NULL}}, NULL},
    {"its top", {{"./", AE_IFDIR, 0755, NULL}, {"a", AE_IFREG, 06777, NULL}}, NULL},
    {"up", {{"a/../../up", AE_IFREG, 0644, NULL}}, "the path \"a/../../up\" is not a plain path"},
    {"absolute", {{"/tmp/up", AE_IFREG, 0644, NULL}}, "the path \"/tmp/up\" is not a plain path"},
    {"two", {{"a", AE_IFREG, 0644, NULL}, {"a", AE_IFREG, 0644, NULL}}, "the path \"a\" is there twice"},
    {"two in other words", {{"a", AE_IFREG, 0644, NULL}, {"./a", AE_IFREG, 0644, NULL}}, "is there twice"},
    {"a folder's name", {{"a/b", AE_IFREG, 0644, NULL}, {"a", AE_IFREG, 0644, NULL}}, "is there twice"},
    {"link", {{"a", AE_IFLNK, 0777, "/etc"}, {"a/passwd", AE_IFREG, 0644, NULL}}, "\"a\" is neither a file nor a folder"},
    {"hard link", {{"a", AE_IFREG, 0644, "/etc/passwd"}}, "\"a\" is neither a file nor a folder"},
    {"device", {{"a", AE_IFCHR, 0666, NULL}}, "\"a\" is neither a file nor a folder"},
    {"pipe", {{"a", AE_IFIFO, 0666, NULL}}, "\"a\" is neither a file nor a folder"},
};

static void write_member(struct archive *archive, const Member *member) {
    struct archive_entry *entry = archive_entry_new();
    bool hard = member->link != NULL && member->type == AE_IFREG;
    archive_entry_set_pathname(entry, member->path);
    archive_entry_set_filetype(entry, member->type);
    archive_entry_set_perm(entry, member->mode);
    archive_entry_set_size(entry, member->type == AE_IFREG && !hard ? 2 : 0);
    if (hard)
        archive_entry_set_hardlink(entry, member->link);
    else if (member->link != NULL)
        archive_entry_set_symlink(entry, member->link);
    g_assert_cmpint(archive_write_header(archive, entry), ==, ARCHIVE_OK);
    if (member->type == AE_IFREG && !hard)
        g_assert_cmpint(archive_write_data(archive, "ab", 2), ==, 2);
    archive_entry_free(entry);
}

static char *write_archive(const Member *members, guint count) {
    char *path = g_build_filename(folder, "a.tar.gz", NULL);
    struct archive *archive = archive_write_new();
    archive_write_add_filter_gzip(archive);
    archive_write_set_format_pax_restricted(archive);
    g_assert_cmpint(archive_write_open_filename(archive, path), ==, ARCHIVE_OK);
    for (guint i = 0; i < count && members[i].path != NULL; i++)
        write_member(archive, &members[i]);
    archive_write_free(archive);
    return path;
}

static bool unpack(const char *path, const char *into, GError **error) {
    g_assert_true(fs_remove_tree(into, NULL) && fs_make_dirs(into, 0755, NULL));
    return package_unpack(path, into, error);
}

static void test_unpack(void) {
    g_autofree char *into = g_build_filename(folder, "inner", "into", NULL);
    for (guint i = 0; i < G_N_ELEMENTS(archives); i++) {
        g_autofree char *path = write_archive(archives[i].members, G_N_ELEMENTS(archives[i].members));
        g_autoptr(GError) error = NULL;
        bool done = unpack(path, into, &error);
        g_autofree char *text = error != NULL ? error_to_text(error) : g_strdup("");
        if (done != (archives[i].says == NULL) || (!done && (!error_is(error, ERROR_PACKAGE) || strstr(text, archives[i].says) == NULL)))
            g_error("%s: %s", archives[i].name, text);
    }
    g_autofree char *up = g_build_filename(folder, "inner", "up", NULL);
    g_assert_false(fs_exists(up));
}

static void test_unpacked_modes(void) {
    static const struct {
        const char *path;
        mode_t mode;
    } wanted[] = {{"a/b", 0755}, {"c", 0644}};
    g_autofree char *into = g_build_filename(folder, "inner", "into", NULL);
    g_autofree char *path = write_archive(archives[0].members, 3);
    g_autoptr(GError) error = NULL;
    g_assert_true(unpack(path, into, &error));
    for (guint i = 0; i < G_N_ELEMENTS(wanted); i++) {
        g_autofree char *file = g_build_filename(into, wanted[i].path, NULL);
        struct stat info;
        g_assert_cmpint(lstat(file, &info), ==, 0);
        g_assert_cmpuint(info.st_mode & 0111, ==, wanted[i].mode & 0111);
        g_assert_cmpuint(info.st_mode & 07022, ==, 0);
        g_assert_cmpint(info.st_size, ==, 2);
    }
}

/* A few kilobytes that are more than 64 MiB: left off where that is seen. */
static void test_bomb(void) {
    g_autofree char *into = g_build_filename(folder, "inner", "into", NULL);
    g_autofree char *path = g_build_filename(folder, "bomb.tar.gz", NULL);
    g_autofree char *zeros = g_malloc0(1 << 20);
    struct archive *archive = archive_write_new();
    archive_write_add_filter_gzip(archive);
    archive_write_set_format_pax_restricted(archive);
    g_assert_cmpint(archive_write_open_filename(archive, path), ==, ARCHIVE_OK);
    struct archive_entry *entry = archive_entry_new();
    archive_entry_set_pathname(entry, "zeros");
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_size(entry, 80 << 20);
    archive_write_header(archive, entry);
    for (guint i = 0; i < 80; i++)
        g_assert_cmpint(archive_write_data(archive, zeros, 1 << 20), ==, 1 << 20);
    archive_entry_free(entry);
    archive_write_free(archive);
    g_autoptr(GError) error = NULL;
    g_assert_false(unpack(path, into, &error));
    g_autofree char *text = error_to_text(error);
    g_assert_nonnull(strstr(text, "with zeros it unpacks to more than 50 times its size"));
}

/* No archive at all, and one cut short anywhere. */
static void test_broken(void) {
    g_autofree char *into = g_build_filename(folder, "inner", "into", NULL);
    g_autofree char *path = write_archive(archives[0].members, 3);
    g_autofree char *bytes = NULL;
    gsize length = 0;
    g_assert_true(g_file_get_contents(path, &bytes, &length, NULL));
    for (gsize cut = 0; cut + 9 < length; cut++) {
        g_autoptr(GError) error = NULL;
        g_assert_true(g_file_set_contents(path, cut == 0 ? "no archive" : bytes, cut == 0 ? 10 : (gssize)cut, NULL));
        g_assert_false(unpack(path, into, &error));
        g_assert_true(error_is(error, ERROR_PACKAGE));
    }
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    umask(022);
    folder = fs_make_temp_dir("slipway-install", NULL);
    g_test_add_func("/install/says", test_says);
    g_test_add_func("/install/choose", test_choose);
    g_test_add_func("/install/unpack", test_unpack);
    g_test_add_func("/install/unpacked-modes", test_unpacked_modes);
    g_test_add_func("/install/broken", test_broken);
    g_test_add_func("/install/bomb", test_bomb);
    int status = g_test_run();
    fs_remove_tree(folder, NULL);
    g_free(folder);
    return status;
}
