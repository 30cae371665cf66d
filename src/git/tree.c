/* A commit's tree as a list, and what of it is meant for archives. */
#include "git/git.h"

#include "base/digest.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_LINK 4096

static void entry_free(GitTreeEntry *entry) {
    g_free(entry->path);
    g_free(entry->id);
    g_free(entry);
}

/* "100644 blob ID\tPATH" */
static GitTreeEntry *read_entry(const char *line) {
    const char *tab = strchr(line, '\t');
    g_auto(GStrv) words = g_strsplit(line, " ", 3);
    if (tab == NULL || g_strv_length(words) != 3)
        return NULL;
    GitTreeEntry *entry = g_new0(GitTreeEntry, 1);
    entry->mode = (guint)g_ascii_strtoull(words[0], NULL, 8);
    entry->id = g_strndup(words[2], strcspn(words[2], "\t"));
    entry->path = g_strdup(tab + 1);
    return entry;
}

GPtrArray *git_tree_list(const Git *git, const char *revision, GError **error) {
    const char *words[] = {"ls-tree", "-r", "-z", "--full-tree", "--end-of-options", revision, NULL};
    gsize length = 0;
    GitCall call = {.read = true, .words = words, .length = &length};
    g_autofree char *list = git_call(git, &call, error);
    if (list == NULL)
        return NULL;
    GPtrArray *entries = g_ptr_array_new_with_free_func((GDestroyNotify)entry_free);
    for (gsize at = 0; at < length; at += strlen(list + at) + 1) {
        GitTreeEntry *entry = read_entry(list + at);
        if (entry != NULL)
            g_ptr_array_add(entries, entry);
    }
    return entries;
}

/* ---- export-ignore ---- */

/* Each path and each folder above it, once, ended by NUL; a folder with "/" at its end, as git archive asks for it. */
static GBytes *questions(const GPtrArray *entries) {
    GByteArray *bytes = g_byte_array_new();
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < entries->len; i++) {
        const char *path = ((const GitTreeEntry *)g_ptr_array_index(entries, i))->path;
        for (const char *slash = strchr(path, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
            char *folder = g_strndup(path, (gsize)(slash - path) + 1);
            if (!g_hash_table_contains(seen, folder))
                g_byte_array_append(bytes, (const guint8 *)folder, (guint)strlen(folder) + 1);
            g_hash_table_add(seen, folder);
        }
        g_byte_array_append(bytes, (const guint8 *)path, (guint)strlen(path) + 1);
    }
    return g_byte_array_free_to_bytes(bytes);
}

/* PATH NUL export-ignore NUL set|unset|unspecified|… NUL */
static GHashTable *marked(const char *answer, gsize length) {
    GHashTable *set = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    const char *fields[3];
    guint field = 0;
    for (gsize at = 0; at < length; at += strlen(answer + at) + 1) {
        fields[field++] = answer + at;
        if (field == 3 && strcmp(fields[2], "set") == 0)
            g_hash_table_add(set, g_strdup(fields[0]));
        field %= 3;
    }
    return set;
}

static bool is_marked(GHashTable *marks, const char *path) {
    for (const char *slash = strchr(path, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        g_autofree char *folder = g_strndup(path, (gsize)(slash - path) + 1);
        if (g_hash_table_contains(marks, folder))
            return true;
    }
    return g_hash_table_contains(marks, path);
}

GHashTable *git_export_ignored(const Git *git, const GPtrArray *entries, GError **error) {
    const char *words[] = {"check-attr", "-z", "--stdin", "export-ignore", NULL};
    g_autoptr(GBytes) input = questions(entries);
    gsize length = 0;
    GitCall call = {.read = true, .words = words, .input = input, .length = &length};
    g_autofree char *answer = git_call(git, &call, error);
    if (answer == NULL)
        return NULL;
    g_autoptr(GHashTable) marks = marked(answer, length);
    GHashTable *ignored = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < entries->len; i++) {
        const char *path = ((const GitTreeEntry *)g_ptr_array_index(entries, i))->path;
        if (is_marked(marks, path))
            g_hash_table_add(ignored, g_strdup(path));
    }
    return ignored;
}

/* ---- blobs ---- */

static bool hash_file(int fd, DigestStream *stream) {
    guchar buffer[1 << 16];
    ssize_t got;
    while ((got = read(fd, buffer, sizeof buffer)) > 0)
        digest_stream_update(stream, buffer, (gsize)got);
    return got == 0;
}

static bool hash_link(const char *path, DigestStream *stream) {
    char target[MAX_LINK];
    ssize_t length = readlink(path, target, sizeof target);
    if (length >= 0)
        digest_stream_update(stream, target, (gsize)length);
    return length >= 0;
}

bool git_file_is_blob(const char *path, const char *id) {
    struct stat info;
    if (lstat(path, &info) != 0 || !(S_ISREG(info.st_mode) || S_ISLNK(info.st_mode)))
        return false;
    g_autoptr(DigestStream) stream = digest_stream_new_blob(strlen(id) == 64 ? "sha256" : "sha1", (guint64)info.st_size);
    int fd = S_ISREG(info.st_mode) ? open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC) : -1;
    bool read_whole = S_ISLNK(info.st_mode) ? hash_link(path, stream) : fd >= 0 && hash_file(fd, stream);
    if (fd >= 0)
        close(fd);
    g_autofree char *is = digest_stream_finish(g_steal_pointer(&stream));
    return read_whole && strcmp(is, id) == 0;
}
