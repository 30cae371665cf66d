/* What is secret in an address is found by its place: three letters in addresses good and bad, and in what git and others say of them. */
#include "base/address.h"

#include <string.h>

#define SECRET "SEK"

static void test_shown(void) {
    static const struct {
        const char *url, *shown;
    } rows[] = {
        {"https:/u:SEK@host/x", "https:/host/x"},
        {"https:u:SEK@host/x", "https:host/x"},
        {"HTTPS://SEK@host/x.git", "HTTPS://host/x.git"},
        {"https:\\\\u:SEK@host\\x", "https:\\\\host\\x"},
        {"https:\\u:SEK@host/x", "https:\\host/x"},
        {"https:%2F%2Fu:SEK%40q@host/x", "https:%2F%2Fhost/x"},
        {"https://u:SEK%40q@host/x?private_token=abc#def", "https://host/x"},
        {"https://host:8443/x#SEK", "https://host:8443/x"},
        {"https://u:SE/K@host/x", "https://host/x"},
        {"https://u:SE?K@host/x", "https://***"},
        {"https://u:SE#K@host/x", "https://***"},
        {"https://u:SE@K@host:80/x", "https://host:80/x"},
        {"u:SEK@host:acme/x", "host:acme/x"},
        {"SEK@host:acme/x", "host:acme/x"},
        {"git@host:acme/x", "git@host:acme/x"},
        {"ssh://git@host:22/x", "ssh://host:22/x"},
        {"ext::ssh -i SEK host %S /x", "ext::***"},
        {"foo::SEK", "foo::***"},
        {"foo::https://u:SEK@host/x", "foo::https://host/x"},
        {"file:///srv/x?token=SEK", "file:///srv/x"},
        {"/srv/x?token=SEK", "/srv/x"},
        {"/srv/c#/repo@2/x", "/srv/c#/repo@2/x"},
        {"/srv/a:b@c/x", "c/x"},
        {"https://host/@scope/x", "https://host/@scope/x"},
        {"https://[::1]:80/x", "https://[::1]:80/x"},
        {"https://SEK:x-oauth-basic@host/x", "https://host/x"},
        {"https://host/x;token=SEK/y", "https://host/x;***/y"},
        {"https://host/ghp_SE/x", "https://host/***/x"},
        {" https://u:S EK@host/x", " https://host/x"},
        {"https//u:SEK@host/x", "host/x"},
        {"//u:SEK@host/x", "host/x"},
        {"htps:/u:SEK@host/x", "host/x"},
        {"git+ssh://u:SEK@host/x", "git+ssh://host/x"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *shown = address_shown(rows[i].url);
        g_assert_cmpstr(shown, ==, rows[i].shown);
        g_autofree char *again = address_shown(shown);
        g_assert_cmpstr(again, ==, shown);
    }
}

/* Quoted as git does it, each of them alone. */
static void test_in_words(void) {
    static const char *const quoted[] = {
        "https:/u:SEK@host/x",     "https:u:SEK@host",    "https:\\\\u:SEK@host", "https://u:SEK@host/x", "https://SEK@host/x", "https://h/x?t=SEK",
        "https://h/x#SEK",         "u:SEK@host:x",        "SEK@host:x",           "ext::sh -c SEK",       "foo::SEK",           "/srv/x?token=SEK",
        "file:///srv/x?token=SEK", "https://u:S EK@host", "https://u:S'SEK@host", "https://h/x;p=SEK"};
    for (guint i = 0; i < G_N_ELEMENTS(quoted); i++) {
        g_autofree char *text = g_strdup_printf("fatal: unable to access '%s': Could not resolve host: h\nhint: try again\n", quoted[i]);
        g_autofree char *clean = address_redact(text);
        g_assert_null(strstr(clean, SECRET));
        g_assert_null(strstr(clean, "EK@"));
        g_assert_true(g_str_has_prefix(clean, "fatal: unable to access '"));
        g_assert_true(g_str_has_suffix(clean, "': Could not resolve host: h\nhint: try again\n"));
    }
}

static void test_words(void) {
    static const struct {
        const char *text, *clean;
    } rows[] = {
        {"ssh: connect to host h port 22: refused, SEK@h: Permission denied (publickey).",
         "ssh: connect to host h port 22: refused, ***@h: Permission denied (publickey)."},
        {"git@host: Permission denied", "git@host: Permission denied"},
        {"remote: Create a pull request: https://github.com/a/b/pull/new/x.", "remote: Create a pull request: https://github.com/a/b/pull/new/x."},
        {"To https://u:SEK@host/x.git\n!	refs", "To https://***@host/x.git\n!	refs"},
        {"fatal: Unable to create '/x/.git/index.lock': File exists.", "fatal: Unable to create '/x/.git/index.lock': File exists."},
        {"ext::ssh -i SEK host\nmore", "ext::***\nmore"},
        {"see (https://u:SEK@host), x", "see (https://***@host), x"},
        {"url=https:/SEK@host/x", "url=https:/***@host/x"},
        {"tests/test_x.py::test_y FAILED", "tests/test_x.py::test_y FAILED"},
        {"error: std: no", "error: std: no"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *clean = address_redact(rows[i].text);
        g_assert_cmpstr(clean, ==, rows[i].clean);
    }
}

/* Logs of gates: what is no address stays byte by byte. */
static void test_users(void) {
    static const struct {
        const char *text, *clean;
    } rows[] = {
        {"cloning https://u:SEK@host/x.git", "cloning https://***@host/x.git"},
        {"origin\thttps://SEK@host/x (fetch)", "origin\thttps://***@host/x (fetch)"},
        {"https:/u:SEK@host", "https:/***@host"},
        {"GET /x?a=b&private_token=SEK&c=d", "GET /x?a=b&private_token=***&c=d"},
        {"https://host/x?page=2#part", NULL},
        {"tests/test_x.py::test_mail[ada@example.org] PASSED", NULL},
        {"https://host/@scope/x", NULL},
        {"pkg@1.2, a=b", NULL},
    };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *clean = address_redact_users(rows[i].text);
        g_assert_cmpstr(clean, ==, rows[i].clean);
    }
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/address/shown", test_shown);
    g_test_add_func("/address/in-words", test_in_words);
    g_test_add_func("/address/words", test_words);
    g_test_add_func("/address/users", test_users);
    return g_test_run();
}
