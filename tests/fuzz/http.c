/* What servers and repositories say in headers and addresses: Link, Retry-After, remotes, the mark in notes, and what is redacted. */
#include "base/http.h"
#include "base/secret.h"
#include "forge/rest.h"
#include "fuzz/fuzz.h"

#include <string.h>

#define SECRET "canary%2F\"\\+x"

static void check_link(char *text) {
    g_autoptr(GHashTable) headers = g_hash_table_new(g_str_hash, g_str_equal);
    HttpAnswer answer = {.url = (char *)"https://api.example/list?page=1", .headers = headers};
    g_hash_table_insert(headers, (char *)"link", text);
    g_autofree char *next = http_link(&answer, "next");
    g_autofree char *origin = next != NULL ? http_origin(next) : NULL;
    PROMISE(next == NULL || origin != NULL);
    gint64 wait = http_retry_after(text, 1763978400);
    PROMISE(wait >= -1 && wait <= 366 * 24 * 3600);
}

static void check_remote(const char *text) {
    g_auto(ForgeRemote) remote = {0};
    if (!forge_remote_parse(text, &remote)) {
        PROMISE(remote.scheme == NULL && remote.host == NULL && remote.path == NULL);
        return;
    }
    g_autofree char *framed = g_strconcat("/", remote.path, "/", NULL);
    PROMISE(*remote.host != '-' && *remote.host != '\0' && strstr(framed, "//") == NULL && strstr(framed, "/../") == NULL);
    PROMISE(strpbrk(remote.host, " \n/@") == NULL && strpbrk(remote.path, " \n%?#") == NULL);
    g_autofree char *url = g_strconcat(remote.scheme, "://", remote.host, "/", remote.path, NULL);
    g_auto(ForgeRemote) again = {0};
    /* "x.git.git" loses one more each time. */
    PROMISE(g_str_has_suffix(remote.path, ".git") ||
            (forge_remote_parse(url, &again) && g_str_equal(again.host, remote.host) && g_str_equal(again.path, remote.path)));
}

static void check_notes(const char *text) {
    g_auto(RestNotes) notes = {0};
    g_auto(RestNotes) again = {0};
    rest_notes_parse(text, &notes);
    g_autofree char *body = rest_notes_write(&notes);
    rest_notes_parse(body, &again);
    PROMISE(g_strcmp0(notes.mark, again.mark) == 0 && g_str_equal(notes.notes, again.notes) && notes.withdrawn == again.withdrawn);
}

static void check_redaction(const char *text) {
    static Secret *secret;
    if (secret == NULL)
        secret = secret_new(SECRET, strlen(SECRET));
    g_autofree char *line = g_strconcat(text, " ", SECRET, " ", text, NULL);
    g_autofree char *clean = secret_redact(line);
    PROMISE(clean != NULL && strstr(clean, SECRET) == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    g_autofree char *text = g_strndup((const char *)data, size);
    check_link(text);
    check_remote(text);
    check_notes(text);
    check_redaction(text);
    return 0;
}
