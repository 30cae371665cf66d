/* Of Gitea what needs no server: which addresses are its own, and what they become. The rest is tried by tests/system/test_gitea.py. */
#include "forge/forge.h"

#include <string.h>

static const ForgeKind *gitea(void) {
    const ForgeKind *kind = forge_kind("gitea");
    g_assert_nonnull(kind);
    return kind;
}

static void test_claims(void) {
    static const struct {
        const char *url;
        bool claimed;
    } rows[] = {
        {"https://gitea.com/acme/demo.git", true},         {"git@codeberg.org:acme/demo.git", true},  {"ssh://git@gitea.example.org:2222/acme/demo", true},
        {"https://forgejo.example.org/acme/demo", true},   {"https://example.org/gitea/demo", false}, {"https://notgitea.com/acme/demo", false},
        {"https://gitea.com.example.org/acme/demo", true}, /* a host that begins with "gitea.": whoever names it so means it */
        {"https://github.com/acme/demo", false},           {"https://gitlab.com/acme/demo", false},
    };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_auto(ForgeRemote) remote = {0};
        g_assert_true(forge_remote_parse(rows[i].url, &remote));
        g_test_message("%s", rows[i].url);
        g_assert_cmpint(gitea()->claims(&remote), ==, rows[i].claimed);
    }
}

static void test_locate(void) {
    static const struct {
        const char *url, *api, *wanted_api, *project;
    } rows[] = {
        {"https://codeberg.org/acme/demo.git", NULL, "https://codeberg.org/api/v1", "acme/demo"},
        {"git@gitea.com:acme/demo.git", NULL, "https://gitea.com/api/v1", "acme/demo"},
        {"https://example.org/git/acme/demo", NULL, "https://example.org/git/api/v1", "acme/demo"}, /* a server with a root of its own */
        {"http://127.0.0.1:3000/acme/demo.git", NULL, "http://127.0.0.1:3000/api/v1", "acme/demo"},
        {"git@example.org:acme/demo.git", "https://example.org/git/api/v1", "https://example.org/git/api/v1", "acme/demo"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_auto(ForgeRemote) remote = {0};
        g_assert_true(forge_remote_parse(rows[i].url, &remote));
        g_autoptr(json_t) params = gitea()->locate(&remote, rows[i].api);
        g_assert_cmpstr(jsonx_string(params, "kind"), ==, "gitea");
        g_assert_cmpstr(jsonx_string(params, "api"), ==, rows[i].wanted_api);
        g_assert_cmpstr(jsonx_string(params, "project"), ==, rows[i].project);
    }
}

static Forge *open_project(const char *project, GError **error) {
    g_autoptr(json_t) params = json_pack("{s:s, s:s, s:s, s:s, s:b}", "kind", "gitea", "url", "https://gitea.example.org/acme/demo", "api",
                                         "https://gitea.example.org/git/api/v1", "project", project, "anonymous", 1);
    return forge_open(params, error);
}

static void test_project(void) {
    static const char *const wrong[] = {"", "demo", "/demo", "acme/", "acme/sub/demo", NULL};
    for (guint i = 0; wrong[i] != NULL; i++) {
        g_autoptr(GError) error = NULL;
        g_assert_null(open_project(wrong[i], &error));
        g_assert_true(error_is(error, ERROR_CONFIG));
    }
}

static void test_place(void) {
    g_autoptr(GError) error = NULL;
    g_autoptr(Forge) forge = open_project("acme/demo", &error);
    g_assert_no_error(error);
    g_autofree char *plain = forge->kind->place(forge, "v1.1.0");
    g_autofree char *slashed = forge->kind->place(forge, "lib/v1 0?#%");
    g_assert_cmpstr(plain, ==, "https://gitea.example.org/git/acme/demo/releases/tag/v1.1.0");
    g_assert_cmpstr(slashed, ==, "https://gitea.example.org/git/acme/demo/releases/tag/lib/v1%200%3F%23%25");
}

/* What the plan is told: two sentences, and the flags that go with them. */
static void test_differences(void) {
    g_assert_true(gitea()->needs_token);
    g_assert_false(gitea()->sets_latest);
    g_assert_nonnull(strstr(gitea()->differences[0], "pushing the tag makes its draft public"));
    g_assert_nonnull(strstr(gitea()->differences[1], "the newest one by date"));
    g_assert_null(gitea()->differences[2]);
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/gitea/claims", test_claims);
    g_test_add_func("/gitea/locate", test_locate);
    g_test_add_func("/gitea/project", test_project);
    g_test_add_func("/gitea/place", test_place);
    g_test_add_func("/gitea/differences", test_differences);
    return g_test_run();
}
