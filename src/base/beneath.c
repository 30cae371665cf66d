#include "base/beneath.h"

#include "base/error.h"

#include <string.h>

struct Beneath {
    char *root, *inner, *path; /* path: root/inner */
    bool run;
};

/* ---- what git takes for its folder ---- */

/* NTFS: case does not matter, dots and blanks at the end fall away, ":" begins a stream, git~1 is the short name. A backslash is a divider there. */
static bool is_ntfs(const char *name, gsize length) {
    static const char *const heads[] = {".git", "git~1"};
    for (guint i = 0; i < G_N_ELEMENTS(heads); i++) {
        gsize head = strlen(heads[i]);
        if (length < head || g_ascii_strncasecmp(name, heads[i], head) != 0)
            continue;
        gsize at = head;
        while (at < length && (name[at] == '.' || name[at] == ' '))
            at++;
        if (at == length || name[at] == ':')
            return true;
    }
    return false;
}

/* HFS+ leaves these out when it compares names. */
static bool is_ignored(gunichar c) {
    return (c >= 0x200c && c <= 0x200f) || (c >= 0x202a && c <= 0x202e) || (c >= 0x206a && c <= 0x206f) || c == 0xfeff;
}

static bool is_hfs(const char *name, gsize length) {
    static const char wanted[] = ".git";
    gsize found = 0;
    for (gsize at = 0; at < length;) {
        gunichar c = g_utf8_get_char_validated(name + at, (gssize)(length - at));
        if (c == (gunichar)-1 || c == (gunichar)-2)
            return false;
        at += (gsize)g_unichar_to_utf8(c, NULL);
        if (is_ignored(c))
            continue;
        if (found == 4 || c > 127 || g_ascii_tolower((char)c) != wanted[found])
            return false;
        found++;
    }
    return found == 4;
}

bool beneath_is_git(const char *name, gsize length) {
    return is_ntfs(name, length) || is_hfs(name, length);
}

/* ---- by its text ---- */

const char *beneath_refuses(const char *path) {
    if (*path == '\0')
        return "is empty";
    if (*path == '/')
        return "is absolute";
    for (const char *part = path; *part != '\0';) {
        gsize length = strcspn(part, "/\\");
        if (length == 2 && strncmp(part, "..", 2) == 0)
            return "leads out by \"..\"";
        if (beneath_is_git(part, length))
            return "leads into git's own folder";
        part += length + (part[length] != '\0' ? 1 : 0);
    }
    return NULL;
}

/* ---- making one ---- */

void beneath_free(Beneath *place) {
    g_free(place->root);
    g_free(place->inner);
    g_free(place->path);
    g_free(place);
}

static Beneath *refuse(const char *path, const char *reason, bool run, GError **error) {
    error_set(error, ERROR_UNTRUSTED_PATH, "\"%.200s\" %s", path, reason);
    error_why(error, run ? "a plan names only what lies below the folder of its run" : "what is named must lie in the work tree, outside of git's own folders");
    return NULL;
}

/* Below the root, without "." and doubled dividers. NULL: it is the root, or not below it. */
static char *inner_of(const char *root, const char *path) {
    gsize length = strlen(root);
    if (strncmp(path, root, length) == 0 && path[length] == '/')
        path += length + 1;
    g_auto(GStrv) parts = g_strsplit(path, "/", -1);
    GString *inner = g_string_new(*path == '/' ? "/" : "");
    for (guint i = 0; parts[i] != NULL; i++) {
        if (*parts[i] != '\0' && strcmp(parts[i], ".") != 0)
            g_string_append_printf(inner, "%s%s", inner->len > 0 && inner->str[inner->len - 1] != '/' ? "/" : "", parts[i]);
    }
    return g_string_free(inner, FALSE);
}

static Beneath *make(const char *root, char *inner, bool run) {
    Beneath *place = g_new0(Beneath, 1);
    *place = (Beneath){.root = g_strdup(root), .inner = inner, .path = *inner != '\0' ? g_build_filename(root, inner, NULL) : g_strdup(root), .run = run};
    return place;
}

static bool has(const char *folder, const char *name) {
    g_autofree char *path = g_build_filename(folder, name, NULL);
    return fs_exists(path);
}

/* A folder that git would take for a repository of its own, with a work tree or bare. */
static bool is_repository(const char *folder) {
    return has(folder, ".git") || (has(folder, "HEAD") && has(folder, "objects") && has(folder, "refs"));
}

static bool is_in_another(const char *tree, const char *inner) {
    for (const char *slash = strchr(inner, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        g_autofree char *above = g_strndup(inner, (gsize)(slash - inner));
        g_autofree char *folder = g_build_filename(tree, above, NULL);
        if (is_repository(folder))
            return true;
    }
    return false;
}

Beneath *beneath_tree(const char *tree, const char *path, GError **error) {
    g_autofree char *inner = inner_of(tree, path);
    const char *reason = beneath_refuses(inner);
    if (reason == NULL && is_in_another(tree, inner))
        reason = "leads into another repository in the tree";
    return reason == NULL ? make(tree, g_steal_pointer(&inner), false) : refuse(path, reason, false, error);
}

Beneath *beneath_run(const char *work_dir, const char *path, GError **error) {
    g_autofree char *inner = inner_of(work_dir, path);
    const char *reason = beneath_refuses(inner);
    return reason == NULL ? make(work_dir, g_steal_pointer(&inner), true) : refuse(path, reason, true, error);
}

Beneath *beneath_top(const char *tree) {
    return make(tree, g_strdup(""), false);
}

Beneath *beneath_inner(const Beneath *place, const char *path, GError **error) {
    if (strcmp(path, ".") == 0)
        return make(place->root, g_strdup(place->inner), place->run);
    if (*path == '/')
        return refuse(path, "is absolute", place->run, error);
    g_autofree char *inner = *place->inner != '\0' ? g_build_filename(place->inner, path, NULL) : g_strdup(path);
    return place->run ? beneath_run(place->root, inner, error) : beneath_tree(place->root, inner, error);
}

bool beneath_is_of_run(const Beneath *place) {
    return place->run;
}

const char *beneath_path(const Beneath *place) {
    return place->path;
}

/* ---- using it ---- */

FsKind beneath_kind(const Beneath *place) {
    return fs_kind_beneath(place->root, place->inner);
}

bool beneath_is_folder(const Beneath *place) {
    return fs_is_folder_beneath(place->root, place->inner);
}

GBytes *beneath_read(const Beneath *place, gsize limit, GError **error) {
    return fs_read_beneath(place->root, place->inner, limit, error);
}

bool beneath_write(const Beneath *place, GBytes *bytes, mode_t mode, GError **error) {
    return fs_write_beneath(place->root, place->inner, bytes, mode, error);
}

bool beneath_unlink(const Beneath *place, GError **error) {
    return fs_unlink_beneath(place->root, place->inner, error);
}

void beneath_drop_temporary(const Beneath *place) {
    fs_drop_temporary_beneath(place->root, place->inner);
}

bool beneath_make_folder(const Beneath *place, GError **error) {
    return fs_make_folder_beneath(place->root, place->inner, error);
}

bool beneath_remove(const Beneath *place, GError **error) {
    return fs_remove_beneath(place->root, place->inner, error);
}
