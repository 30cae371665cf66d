/* SemVer 2.0.0 and its mapping to PEP 440; the vectors are those of semver.org and of Debian's python3-packaging. */
#include "base/error.h"
#include "version/version.h"

static const char *const valid[] = {
    "0.0.4",
    "1.2.3",
    "1.1.2-prerelease+meta",
    "1.1.2+meta",
    "1.0.0-alpha",
    "1.0.0-alpha.beta.1",
    "1.0.0-alpha0.valid",
    "1.0.0-0A.is.legal",
    "1.2.3----RC-SNAPSHOT.12.9.1--.12",
    "1.0.0+0.build.1-rc.10000aaa-kk-0.1",
    "2.0.0+build.1848",
    "1.2.3--",
    "1.0.0-0",
    "1.0.0+001",
    "1.0.0-0a",
    "999999999999999999.0.0",
};
static const char *const invalid[] = {
    "",       "1",      "1.2",    "1.2.3-", "1.2.3+",         "01.1.1", "1.01.1",    "1.1.1-01", "1.2.3-0123.0123",         "1.1.2+.1", "1.2.3-a..b", "1.2.3.4",
    "1.2-RC", "v1.2.3", "1.2.3 ", " 1.2.3", "1.2.3-\xc3\xa9", "-1.0.3", "1.0.0+a+b", "1.2.3\n",  "9999999999999999999.0.0",
};
static const char *const ordered[] = {
    "1.0.0-0",    "1.0.0-1",      "1.0.0-2",       "1.0.0-10",   "1.0.0--",      "1.0.0-10a", "1.0.0-RC", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta",
    "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0-rc.1.0", "1.0.0-rc1", "1.0.0",    "1.0.1",       "1.2.0",         "1.10.0",
    "2.0.0",
};

static void test_parse(void) {
    for (guint i = 0; i < G_N_ELEMENTS(valid); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Version) version = version_parse(valid[i], &error);
        g_assert_no_error(error);
        g_autofree char *text = version_to_string(version);
        g_assert_cmpstr(text, ==, valid[i]);
    }
    for (guint i = 0; i < G_N_ELEMENTS(invalid); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_null(version_parse(invalid[i], &error));
        g_assert_true(error_is(error, ERROR_BAD_VERSION));
    }
}

static void test_order(void) {
    for (guint i = 0; i < G_N_ELEMENTS(ordered); i++) {
        for (guint k = 0; k < G_N_ELEMENTS(ordered); k++) {
            g_autoptr(Version) a = version_parse(ordered[i], NULL);
            g_autoptr(Version) b = version_parse(ordered[k], NULL);
            int order = version_compare(a, b);
            g_assert_cmpint((order > 0) - (order < 0), ==, (i > k) - (i < k));
        }
    }
    g_autoptr(Version) a = version_parse("1.0.0+a", NULL);
    g_autoptr(Version) b = version_parse("1.0.0+b", NULL);
    g_assert_cmpint(version_compare(a, b), ==, 0);
}

static const char *const bumps[][3] = {
    {"1.2.3", "patch", "1.2.4"},      {"1.2.3", "minor", "1.3.0"},      {"1.2.3", "major", "2.0.0"},      {"1.2.3+b", "patch", "1.2.4"},
    {"1.3.0-rc.1", "minor", "1.3.0"}, {"1.3.0-rc.1", "patch", "1.3.0"}, {"2.0.0-rc.1", "major", "2.0.0"}, {"1.3.1-rc.1", "minor", "1.4.0"},
};

static void test_bump(void) {
    for (guint i = 0; i < G_N_ELEMENTS(bumps); i++) {
        g_autoptr(Version) version = version_parse(bumps[i][0], NULL);
        g_autoptr(Version) next = version_bump(version, bumps[i][1], NULL);
        g_autofree char *text = version_to_string(next);
        g_assert_cmpstr(text, ==, bumps[i][2]);
    }
    g_autoptr(Version) version = version_parse("1.0.0", NULL);
    g_assert_null(version_bump(version, "huge", NULL));
}

/* NULL: there is none. */
static const char *const mapped[][2] = {
    {"1.1.0", "1.1.0"},          {"1.1.0-rc.1", "1.1.0rc1"},    {"1.1.0-rc1", "1.1.0rc1"}, {"1.1.0-alpha", "1.1.0a0"},
    {"1.1.0-beta.2", "1.1.0b2"}, {"1.1.0-dev.5", "1.1.0.dev5"}, {"1.1.0-1", NULL},         {"1.1.0-0", NULL},
    {"1.1.0+build.5", NULL},     {"1.1.0-snapshot", NULL},      {"1.1.0-alpha.1.2", NULL}, {"1.1.0-rc.", NULL},
    {"1.1.0-canary.1", NULL},    {"1.1.0-alpha.beta", NULL},
};

static void test_pep440(void) {
    for (guint i = 0; i < G_N_ELEMENTS(mapped); i++) {
        g_autoptr(Version) version = version_parse(mapped[i][0], NULL);
        g_autofree char *text = version != NULL ? version_to_pep440(version, NULL) : NULL;
        g_assert_cmpstr(text, ==, mapped[i][1]);
    }
    static const char *const back[][2] = {
        {"1.1.0rc1", "1.1.0-rc.1"}, {"1.2", "1.2.0"}, {"1.2.3.dev4", "1.2.3-dev.4"}, {"1.2.3.dev", "1.2.3-dev.0"}, {"1.0.0a1", "1.0.0-alpha.1"}};
    for (guint i = 0; i < G_N_ELEMENTS(back); i++) {
        g_autoptr(Version) version = version_from_pep440(back[i][0], NULL);
        g_autofree char *text = version_to_string(version);
        g_assert_cmpstr(text, ==, back[i][1]);
    }
    static const char *const none[] = {"1!1.0", "1.0.post1", "1.0+local", "1.2.3.4", "1.0.0rc1\n", "", "latest"};
    for (guint i = 0; i < G_N_ELEMENTS(none); i++)
        g_assert_null(version_from_pep440(none[i], NULL));
}

static void test_tags(void) {
    static const char *const tags[][3] = {
        {"v1.2.3", "v{version}", "1.2.3"},           {"1.2.3", "v{version}", NULL},         {"v0.1-integrations", "v{version}", NULL},
        {"tool-v1.0.0", "tool-v{version}", "1.0.0"}, {"v1.0.0-x", "v{version}-x", "1.0.0"}, {"v", "v{version}", NULL},
    };
    for (guint i = 0; i < G_N_ELEMENTS(tags); i++) {
        g_autoptr(Version) version = version_from_tag(tags[i][0], tags[i][1]);
        g_autofree char *text = version != NULL ? version_to_string(version) : NULL;
        g_assert_cmpstr(text, ==, tags[i][2]);
    }
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/version/parse", test_parse);
    g_test_add_func("/version/order", test_order);
    g_test_add_func("/version/bump", test_bump);
    g_test_add_func("/version/pep440", test_pep440);
    g_test_add_func("/version/tags", test_tags);
    return g_test_run();
}
