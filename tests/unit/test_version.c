/* SemVer 2.0.0, PEP 440, the mapping between them, tags; the vectors are those of semver.org and of Debian's python3-packaging. */
#include "base/error.h"
#include "version/scheme.h"

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
    {"1.2.3", "patch", "1.2.4"},
    {"1.2.3", "minor", "1.3.0"},
    {"1.2.3", "major", "2.0.0"},
    {"1.2.3+b", "patch", "1.2.4"},
    {"1.2.4-rc.1", "minor", "1.3.0"},
    {"1.3.0-rc.1", "major", "2.0.0"},
    {"999999999999999999.1.0", "major", NULL},
    {"0.0.999999999999999999", "patch", NULL},
    {"0.0.999999999999999999-rc.1", "patch", "0.0.999999999999999999"},
    {"1.3.0-rc.1", "minor", "1.3.0"},
    {"1.3.0-rc.1", "patch", "1.3.0"},
    {"2.0.0-rc.1", "major", "2.0.0"},
    {"1.3.1-rc.1", "minor", "1.4.0"},
};

static void test_bump(void) {
    for (guint i = 0; i < G_N_ELEMENTS(bumps); i++) {
        g_autoptr(Version) version = version_parse(bumps[i][0], NULL);
        g_autoptr(Version) next = version_bump(version, bumps[i][1], NULL);
        g_autofree char *text = next != NULL ? version_to_string(next) : NULL;
        g_assert_cmpstr(text, ==, bumps[i][2]);
    }
    g_autoptr(Version) version = version_parse("1.0.0", NULL);
    g_assert_null(version_bump(version, "huge", NULL));
}

/* Current, last release, part, word, next; NULL for the next: BAD_VERSION. */
static const char *const pre_bumps[][5] = {
    {"1.2.0", "1.2.0", "minor", "rc", "1.3.0-rc.1"},
    {"1.2.0", NULL, "patch", "rc", "1.2.1-rc.1"},
    {"1.2.0", "1.2.0", "major", "alpha", "2.0.0-alpha.1"},
    {"1.2.0", "1.2.0", NULL, "rc", "1.2.1-rc.1"},
    {"1.3.0-rc.1", "1.2.0", NULL, "rc", "1.3.0-rc.2"},
    {"1.3.0-rc.1", NULL, NULL, "rc", "1.3.0-rc.2"},
    {"1.3.0-rc.1", "1.2.0", "minor", "rc", "1.3.0-rc.2"},
    {"1.3.0-rc.1", NULL, "minor", "rc", "1.3.0-rc.2"},
    {"1.3.0-rc.1+b.7", "1.2.0", NULL, "rc", "1.3.0-rc.2"},
    {"1.3.0-rc.9", "1.2.0", NULL, "rc", "1.3.0-rc.10"},
    {"1.3.0-rc", "1.2.0", NULL, "rc", "1.3.0-rc.1"},
    {"1.3.0-beta.2", "1.2.0", NULL, "rc", "1.3.0-rc.1"},
    {"1.3.0-beta.2", "1.2.0", "minor", "rc", "1.3.0-rc.1"},
    {"1.3.0-rc.1", "1.2.0", NULL, "beta", NULL},
    {"1.3.0-rc.1", "1.2.0", "minor", "beta", NULL},
    /* rc.1 is less than rc1 */
    {"1.3.0-rc1", "1.2.0", NULL, "rc", NULL},
    /* more than what is on its way, and less */
    {"1.2.4-rc.1", "1.2.3", "minor", "rc", "1.3.0-rc.1"},
    {"1.2.4-rc.1", NULL, "minor", "rc", "1.3.0-rc.1"},
    {"1.3.0-rc.1", "1.2.0", "major", "beta", "2.0.0-beta.1"},
    {"1.3.0-rc.1", "1.2.0", "patch", "rc", "1.3.0-rc.2"},
    /* released in the meantime */
    {"1.3.0-rc.2", "1.3.0", NULL, "rc", NULL},
    {"1.3.0-rc.2", "1.3.0", "minor", "rc", "1.4.0-rc.1"},
    {"1.2.0", "1.3.0", "minor", "rc", NULL},
    /* words */
    {"1.2.0", NULL, "minor", "", NULL},
    {"1.2.0", NULL, "minor", "1", NULL},
    {"1.2.0", NULL, "minor", "rc.1", NULL},
    {"1.2.0", NULL, "minor", "r c", NULL},
    {"1.2.0", NULL, "minor", "r\xc3\xa9", NULL},
    {"1.2.0", NULL, "minor", "\xff", NULL},
    {"1.2.0", NULL, "minor", "rc-x", "1.3.0-rc-x.1"},
    {"1.2.0", NULL, "huge", "rc", NULL},
    {"0.999999999999999999.0", NULL, "minor", "rc", NULL},
    {"1.0.0-rc.999999999999999999", NULL, NULL, "rc", NULL},
};

static void test_bump_pre(void) {
    for (guint i = 0; i < G_N_ELEMENTS(pre_bumps); i++) {
        const char *const *row = pre_bumps[i];
        g_autoptr(GError) error = NULL;
        g_autoptr(Version) current = version_parse(row[0], NULL);
        g_autoptr(Version) last = row[1] != NULL ? version_parse(row[1], NULL) : NULL;
        g_autoptr(Version) next = version_bump_pre(current, last, row[2], row[3], &error);
        g_autofree char *text = next != NULL ? version_to_string(next) : NULL;
        g_assert_cmpstr(text, ==, row[4]);
        g_assert_true(row[4] != NULL ? error == NULL : error_is(error, ERROR_BAD_VERSION));
        g_assert_true(error == NULL || (error_get_state(error) != NULL && error_get_fix(error) != NULL));
    }
    /* What comes of the longest word can be read again. */
    g_autofree char *word = g_strnfill(128, 'x');
    g_autofree char *longer = g_strnfill(129, 'x');
    g_autoptr(Version) current = version_parse("999999999999999999.999999999999999999.999999999999999998", NULL);
    g_autoptr(Version) next = version_bump_pre(current, NULL, "patch", word, NULL);
    g_autofree char *text = version_to_string(next);
    g_autoptr(Version) again = version_parse(text, NULL);
    g_assert_nonnull(again);
    g_assert_null(version_bump_pre(current, NULL, "patch", longer, NULL));
}

/* NULL: there is none. */
static const char *const mapped[][2] = {
    {"1.1.0", "1.1.0"},          {"1.1.0-rc.1", "1.1.0rc1"},    {"1.1.0-rc1", "1.1.0rc1"}, {"1.1.0-alpha", "1.1.0a0"},
    {"1.1.0-beta.2", "1.1.0b2"}, {"1.1.0-dev.5", "1.1.0.dev5"}, {"1.1.0-1", NULL},         {"1.1.0-0", NULL},
    {"1.1.0+build.5", NULL},     {"1.1.0-snapshot", NULL},      {"1.1.0-alpha.1.2", NULL}, {"1.1.0-rc.", NULL},
    {"1.1.0-canary.1", NULL},    {"1.1.0-alpha.beta", NULL},    {"1.1.0-a.1", "1.1.0a1"},  {"1.1.0-b3", "1.1.0b3"},
    {"1.1.0-r1", NULL},          {"1.1.0-alpha-1", NULL},       {"1.1.0-rc01", NULL},      {"1.1.0-RC.1", NULL},
    {"1.1.0-pre.1", NULL},       {"1.1.0-next.0", NULL},        {"1.1.0-x.7.z", NULL},     {"1.1.0-rc.1+b", NULL},
};

static void test_mapping(void) {
    for (guint i = 0; i < G_N_ELEMENTS(mapped); i++) {
        g_autoptr(Version) version = version_parse(mapped[i][0], NULL);
        g_autofree char *text = version != NULL ? version_to_pep440(version, NULL) : NULL;
        g_assert_cmpstr(text, ==, mapped[i][1]);
    }
    static const char *const back[][2] = {{"1.1.0rc1", "1.1.0-rc.1"},
                                          {"1.2", "1.2.0"},
                                          {"1.2.3.dev4", "1.2.3-dev.4"},
                                          {"1.2.3.dev", "1.2.3-dev.0"},
                                          {"1.0.0a1", "1.0.0-alpha.1"},
                                          {"1.0.0b0", "1.0.0-beta.0"},
                                          {"1.0rc123456789012345678901234567890", "1.0.0-rc.123456789012345678901234567890"}};
    for (guint i = 0; i < G_N_ELEMENTS(back); i++) {
        g_autoptr(Version) version = version_from_pep440(back[i][0], NULL);
        g_autofree char *text = version_to_string(version);
        g_assert_cmpstr(text, ==, back[i][1]);
    }
    static const char *const none[] = {"1!1.0", "1.0.post1",  "1.0+local", "1.2.3.4", "1.0.0rc1\n", "",           "latest",
                                       "1",     "1.0.0-rc.1", "v1.0",      "01.0",    "1.0rc",      "1.0a1.dev1", "1.0.1234567890123456789"};
    for (guint i = 0; i < G_N_ELEMENTS(none); i++)
        g_assert_null(version_from_pep440(none[i], NULL));
}

/* As packaging has them, but for U+017F: letters are ASCII, which packaging before 26 did not say. NULL: no version. */
static const char *const normal[][2] = {
    {"1.0", "1.0"},
    {"1", "1"},
    {"01.02", "1.2"},
    {"1.0.0", "1.0.0"},
    {"2024.01.15", "2024.1.15"},
    {"v1.0", "1.0"},
    {"V1.0", "1.0"},
    {" 1.0 ", "1.0"},
    {"\t1.0\n", "1.0"},
    {"\xc2\xa0"
     "1.0\xe2\x80\x83",
     "1.0"},
    {"1!1.0", "1!1.0"},
    {"0!1.0", "1.0"},
    {"01!1.0", "1!1.0"},
    {"1.0alpha1", "1.0a1"},
    {"1.0ALPHA1", "1.0a1"},
    {"1.0beta2", "1.0b2"},
    {"1.0c3", "1.0rc3"},
    {"1.0pre4", "1.0rc4"},
    {"1.0preview5", "1.0rc5"},
    {"1.0RC1", "1.0rc1"},
    {"1.0a", "1.0a0"},
    {"1.0.a.1", "1.0a1"},
    {"1.0-a-1", "1.0a1"},
    {"1.0_a_1", "1.0a1"},
    {"1.0-rc.1", "1.0rc1"},
    {"1.0a-", "1.0a0"},
    {"1.0a01", "1.0a1"},
    {"1.0a.post1", "1.0a0.post1"},
    {"1.0a--1", "1.0a0.post1"},
    {"1.0-1", "1.0.post1"},
    {"1.0-01", "1.0.post1"},
    {"1.0post", "1.0.post0"},
    {"1.0.post-", "1.0.post0"},
    {"1.0-r4", "1.0.post4"},
    {"1.0rev4", "1.0.post4"},
    {"1.0_POST_4", "1.0.post4"},
    {"1.0dev", "1.0.dev0"},
    {"1.0.dev01", "1.0.dev1"},
    {"1.0-DEV-2", "1.0.dev2"},
    {"1.0a1.post2.dev3", "1.0a1.post2.dev3"},
    {"1.0+Ubuntu-1", "1.0+ubuntu.1"},
    {"1.0+a_b.01", "1.0+a.b.1"},
    {"1.0+001", "1.0+1"},
    {"1.0+00a", "1.0+00a"},
    {"99999999999999999999999999.0", "99999999999999999999999999.0"},
    {"1.2.3-1", "1.2.3.post1"},
    {"1.2.3-0", "1.2.3.post0"},
    {"1.2.3-r1", "1.2.3.post1"},
    {"1.0.0-alpha-1", "1.0.0a1"},
    {"1.2.3-pre.1", "1.2.3rc1"},
    {"1.2.3-dev.5", "1.2.3.dev5"},
    {"1.2.3+build.5", "1.2.3+build.5"},
    {"", NULL},
    {" ", NULL},
    {"v", NULL},
    {"1.", NULL},
    {".1", NULL},
    {"1..0", NULL},
    {"1!", NULL},
    {"!1", NULL},
    {"1!2!3", NULL},
    {"vv1", NULL},
    {"v 1.0", NULL},
    {"1. 0", NULL},
    {"1.0.-1", NULL},
    {"1.0+", NULL},
    {"1.0+a+b", NULL},
    {"1.0+a..b", NULL},
    {"1.0+.a", NULL},
    {"1.0+a.", NULL},
    {"1.0a1b1", NULL},
    {"1.0.dev1.post1", NULL},
    {"1.0.post1a1", NULL},
    {"1.0 a1", NULL},
    {"1.0x", NULL},
    {"1.2.3-alpha.1.2", NULL},
    {"1.2.3-snapshot", NULL},
    {"1.2.3-next.0", NULL},
    {"1.2.3-canary.1", NULL},
    {"1.2.3-a.b", NULL},
    {"1.2.3-x.7.z", NULL},
    {"-1.0", NULL},
    {"1.0\xff", NULL},
    {"1.\xd9\xa1", NULL},
    {"1.0.po\xc5\xbft1", NULL},
    {"1.0+\xc3\xa9", NULL},
    {"\xe2\x80\x8b"
     "1.0",
     NULL},
};

/* Rising; those behind a NULL are equal to the one before it. */
static const char *const rising[] = {
    "0.dev1",
    "0",
    NULL,
    "0.0",
    "0.9.9",
    "1.dev0",
    NULL,
    "1.0.dev",
    "1.0.dev1",
    "1.0.dev10",
    "1.0a0.dev1",
    "1.0a0",
    NULL,
    "1.0.0alpha",
    "1.0a1.dev0",
    "1.0a1",
    "1.0a1.post1.dev1",
    "1.0a1.post1",
    "1.0a2",
    "1.0a10",
    "1.0b1",
    "1.0rc1",
    NULL,
    "1.0c1",
    "1.0rc2",
    "1.0",
    NULL,
    "1",
    NULL,
    "1.0.0",
    "1.0+a",
    "1.0+a.1",
    "1.0+b",
    "1.0+1",
    NULL,
    "1.0+01",
    "1.0+1.a",
    "1.0+1.1",
    "1.0+2",
    "1.0+10",
    "1.0.post0.dev1",
    "1.0.post0",
    "1.0.post1",
    NULL,
    "1.0-1",
    "1.0.post10",
    "1.0.1",
    "1.2",
    "1.10",
    "2.99999999999999999999",
    "2.100000000000000000000",
    "2024.1",
    "1!0.1",
    "2!0",
    "10!0",
};

static void test_pep440_normal(void) {
    for (guint i = 0; i < G_N_ELEMENTS(normal); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Pep440) version = pep440_parse(normal[i][0], &error);
        g_autofree char *text = version != NULL ? pep440_to_string(version) : NULL;
        g_assert_cmpstr(text, ==, normal[i][1]);
        g_assert_true(text != NULL ? error == NULL : error_is(error, ERROR_BAD_VERSION));
        g_assert_true(error == NULL || error_get_why(error) != NULL);
    }
    g_autofree char *longest = g_strnfill(PEP440_LENGTH_LIMIT, '1');
    g_autofree char *longer = g_strnfill(PEP440_LENGTH_LIMIT + 1, '1');
    g_autoptr(Pep440) version = pep440_parse(longest, NULL);
    g_assert_nonnull(version);
    g_assert_null(pep440_parse(longer, NULL));
}

static void test_pep440_order(void) {
    int ranks[G_N_ELEMENTS(rising)] = {0};
    for (guint i = 1; i < G_N_ELEMENTS(rising); i++)
        ranks[i] = ranks[i - 1] + (rising[i] != NULL && rising[i - 1] != NULL ? 1 : 0);
    for (guint i = 0; i < G_N_ELEMENTS(rising); i++) {
        for (guint k = 0; rising[i] != NULL && k < G_N_ELEMENTS(rising); k++) {
            if (rising[k] == NULL)
                continue;
            g_autoptr(Pep440) a = pep440_parse(rising[i], NULL);
            g_autoptr(Pep440) b = pep440_parse(rising[k], NULL);
            g_assert_cmpint(pep440_compare(a, b), ==, (ranks[i] > ranks[k]) - (ranks[i] < ranks[k]));
        }
    }
}

/* Name of the scheme, text, normal form, whether it is a pre-release. */
static const char *const any[][4] = {
    {NULL, "1.0.0-rc.1", "1.0.0-rc.1", "pre"},   {"semver", "1.0.0+b", "1.0.0+b", NULL}, {"semver", "1.0", NULL, NULL},          {"pep440", "1.0", "1.0", NULL},
    {"pep440", "1.0.0-rc.1", "1.0.0rc1", "pre"}, {"pep440", "1.dev", "1.dev0", "pre"},   {"pep440", "1.post1", "1.post1", NULL}, {"pep440", "x", NULL, NULL},
};

static void test_scheme(void) {
    for (guint i = 0; i < G_N_ELEMENTS(any); i++) {
        VersionScheme scheme = VERSION_PEP440;
        g_autoptr(GError) error = NULL;
        g_assert_true(version_scheme_by_name(any[i][0], &scheme, &error));
        g_assert_cmpstr(version_scheme_name(scheme), ==, any[i][0] != NULL ? any[i][0] : "semver");
        g_autoptr(AnyVersion) version = any_version_parse(scheme, any[i][1], &error);
        g_assert_true(version != NULL ? error == NULL : error_is(error, ERROR_BAD_VERSION));
        g_autofree char *text = version != NULL ? any_version_to_string(version) : NULL;
        g_assert_cmpstr(text, ==, any[i][2]);
        g_assert_cmpint(version != NULL && any_version_is_prerelease(version), ==, any[i][3] != NULL);
        g_assert_true(version == NULL || any_version_compare(version, version) == 0);
    }
    VersionScheme scheme;
    g_autoptr(GError) error = NULL;
    g_assert_false(version_scheme_by_name("calver", &scheme, &error));
    g_assert_true(error_is(error, ERROR_USAGE));
}

static const char *const tags[][3] = {
    {"v1.2.3", "v{version}", "1.2.3"},
    {"1.2.3", "v{version}", NULL},
    {"v0.1-integrations", "v{version}", NULL},
    {"tool-v1.0.0", "tool-v{version}", "1.0.0"},
    {"v1.0.0-x", "v{version}-x", "1.0.0"},
    {"v1.0.0-rc.1-x", "v{version}-x", "1.0.0-rc.1"},
    {"v", "v{version}", NULL},
    {"", "{version}", NULL},
    {"vv1.0.0", "v{version}", NULL},
    {"v1.0.0 ", "v{version}", NULL},
    {"tool@1.0.0", "tool@{version}", "1.0.0"},
    {"tool@v1.0.0", "tool@{version}", NULL},
    {"other-tool@1.0.0", "tool@{version}", NULL},
    {"go/sub/v2.0.0-rc.1", "go/sub/v{version}", "2.0.0-rc.1"},
    {"go/v2.0.0", "go/sub/v{version}", NULL},
    {"x", "x", NULL},
    /* nothing may count twice */
    {"aa", "a{version}aa", NULL},
};

static void test_tags(void) {
    for (guint i = 0; i < G_N_ELEMENTS(tags); i++) {
        g_autoptr(Version) version = version_from_tag(tags[i][0], tags[i][1]);
        g_autofree char *text = version != NULL ? version_to_string(version) : NULL;
        g_assert_cmpstr(text, ==, tags[i][2]);
        g_autofree char *again = version != NULL ? version_expand(tags[i][1], version) : NULL;
        g_assert_true(version == NULL || g_str_equal(again, tags[i][0]));
    }
}

/* Pattern, name, path, filled in; NULL: CONFIG. */
static const char *const patterns[][4] = {
    {"v{version}", "tool", "sub", "v{version}"},
    {"{version}", "tool", "", "{version}"},
    {"{name}-v{version}", "tool", "", "tool-v{version}"},
    {"{name}@{version}", "@scope/tool", "", "@scope/tool@{version}"},
    {"{path}/v{version}", "tool", "go/sub", "go/sub/v{version}"},
    {"{name}/{path}/{name}-{version}", "n", "p", "n/p/n-{version}"},
    /* a brace that is not used does no harm; one that is would make a second hole */
    {"v{version}", "{version}", "{name}", "v{version}"},
    {"{name}-v{version}", "{version}", "", NULL},
    {"{name}-v{version}", "{path}", "sub", NULL},
    {"{path}/v{version}", "tool", "{name}", NULL},
    {"v", "tool", "", NULL},
    {"", "tool", "", NULL},
    {"{version}{version}", "tool", "", NULL},
    {"{version}-{other}", "tool", "", NULL},
    {"{Version}", "tool", "", NULL},
    {"{{version}}", "tool", "", NULL},
    {"{version", "tool", "", NULL},
    {"{}{version}", "tool", "", NULL},
    {"\xff{version}{", "tool", "", NULL},
};

static void test_patterns(void) {
    for (guint i = 0; i < G_N_ELEMENTS(patterns); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *filled = version_pattern(patterns[i][0], patterns[i][1], patterns[i][2], &error);
        g_assert_cmpstr(filled, ==, patterns[i][3]);
        g_assert_true(filled != NULL ? error == NULL : error_is(error, ERROR_CONFIG));
        g_assert_true(filled == NULL || version_pattern_check(filled, NULL));
    }
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/version/parse", test_parse);
    g_test_add_func("/version/order", test_order);
    g_test_add_func("/version/bump", test_bump);
    g_test_add_func("/version/bump_pre", test_bump_pre);
    g_test_add_func("/version/mapping", test_mapping);
    g_test_add_func("/version/pep440/normal", test_pep440_normal);
    g_test_add_func("/version/pep440/order", test_pep440_order);
    g_test_add_func("/version/scheme", test_scheme);
    g_test_add_func("/version/tags", test_tags);
    g_test_add_func("/version/patterns", test_patterns);
    return g_test_run();
}
