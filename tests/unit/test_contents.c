#include "archive_bytes.h"
#include "archives.h"
#include "base/digest.h"
#include "base/fs.h"
#include "package/compare.h"
#include "package/names.h"
#include "package/pack.h"
#include "package/package.h"

#include <glib/gstdio.h>
#include <locale.h>

static char *folder;

static char *all_findings(const Package *package, int severity) {
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < package->findings->len; i++) {
        const PackageFinding *finding = package->findings->pdata[i];
        if (severity < 0 || (int)finding->severity == severity)
            g_string_append_printf(out, "%s: %s\n", finding->code, finding->text);
    }
    return g_string_free(out, FALSE);
}

/* says NULL: nothing at all is found. */
static void assert_found(const char *title, const Package *package, const char *says) {
    g_autofree char *found = all_findings(package, -1);
    g_test_message("%s: %s", title, found);
    if (says == NULL ? *found != '\0' : strstr(found, says) == NULL)
        g_test_fail_printf("%s: \"%s\" is wanted, found is:\n%s", title, says != NULL ? says : "nothing", found);
}

/* ---- npm ---- */

#define NPM(text) "{\"name\": \"@acme/demo\", \"version\": \"1.2.0\", \"license\": \"MIT\"" text "}"

typedef struct {
    const char *title, *file;
    const Part parts[MAX_PARTS];
    const char *says;
} Case;

static const Case npm_cases[] = {
    {"good",
     "acme-demo-1.2.0.tgz",
     {{"package/package.json",
       NPM(", \"main\": \"./lib/index\", \"bin\": {\"demo\": \"bin/demo.js\"}, \"types\": \"lib/index\", \"files\": [\"lib\", \"bin/*.js\"],"
           "\"exports\": {\".\": {\"import\": \"./lib/index.js\", \"types\": \"./lib/index.d.ts\"}, \"./x/*\": \"./lib/*.js\", \"./y\": null},"
           "\"bundleDependencies\": [\"dep\"], \"dependencies\": {\"dep\": \"^1\"}")},
      {"package/lib/index.js", "x"},
      {"package/lib/index.d.ts", "x"},
      {"package/bin/demo.js", "#!/usr/bin/env node\n"},
      {"package/node_modules/dep/package.json", "{}"}},
     NULL},
    {"good, as tar.gz",
     "demo-1.2.0.tar.gz",
     {{"package/package.json", "{\"name\": \"demo\", \"version\": \"1.2.0\", \"license\": \"MIT\"}"}},
     "npm/file-name: the file name is not demo-1.2.0.tgz"},
    {"beside package",
     "acme-demo-1.2.0.tgz",
     {{"package/package.json", NPM("")}, {"other/a", "a"}},
     "npm/top-folder: other/a stands outside the folder package"},
    {"no JSON", "acme-demo-1.2.0.tgz", {{"package/package.json", "{\"name\": }"}}, "npm/package-json"},
    {"a list", "acme-demo-1.2.0.tgz", {{"package/package.json", "[]"}}, "is no JSON object"},
    {"no name", "acme-demo-1.2.0.tgz", {{"package/package.json", "{\"version\": \"1.2.0\"}"}}, "npm/name: package/package.json has no name"},
    {"upper case",
     "Demo-1.2.0.tgz",
     {{"package/package.json", "{\"name\": \"Demo\", \"version\": \"1.2.0\"}"}},
     "npm/name: the name \"Demo\" is not of lower-case"},
    {"dot", "x-1.2.0.tgz", {{"package/package.json", "{\"name\": \".x\", \"version\": \"1.2.0\"}"}}, "npm/name"},
    {"not url-safe", "x-1.2.0.tgz", {{"package/package.json", "{\"name\": \"x y\", \"version\": \"1.2.0\"}"}}, "npm/name"},
    {"two slashes", "x-1.2.0.tgz", {{"package/package.json", "{\"name\": \"@a/b/c\", \"version\": \"1.2.0\"}"}}, "is neither NAME nor @SCOPE/NAME"},
    {"taken", "node_modules-1.2.0.tgz", {{"package/package.json", "{\"name\": \"node_modules\", \"version\": \"1.2.0\"}"}}, "keeps for itself"},
    {"version",
     "demo-1.2.tgz",
     {{"package/package.json", "{\"name\": \"demo\", \"version\": \"1.2\"}"}},
     "npm/version: the version \"1.2\" is not a SemVer version"},
    {"file name", "demo-1.2.0.tgz", {{"package/package.json", NPM("")}}, "npm/file-name: the file name is not acme-demo-1.2.0.tgz"},
    {"private", "acme-demo-1.2.0.tgz", {{"package/package.json", NPM(", \"private\": true")}}, "npm/private"},
    {"no license", "demo-1.2.0.tgz", {{"package/package.json", "{\"name\": \"demo\", \"version\": \"1.2.0\"}"}}, "npm/no-license"},
    {"main", "acme-demo-1.2.0.tgz", {{"package/package.json", NPM(", \"main\": \"dist/x.js\"")}}, "npm/target-missing: \"main\" points to dist/x.js"},
    {"bin",
     "acme-demo-1.2.0.tgz",
     {{"package/package.json", NPM(", \"bin\": {\"d\": \"./d\"}")}, {"package/d.js", "x"}},
     "npm/target-missing: \"bin\" points to ./d"},
    {"bin that leads out",
     "acme-demo-1.2.0.tgz",
     {{"package/package.json", NPM(", \"bin\": {\"../d\": \"./d.js\"}")}, {"package/d.js", "x"}},
     "npm/bin-name: \"bin\" has the name \"../d\""},
    {"types", "acme-demo-1.2.0.tgz", {{"package/package.json", NPM(", \"types\": \"d.d.ts\"")}}, "npm/types-missing: \"types\" points to d.d.ts"},
    {"exports",
     "acme-demo-1.2.0.tgz",
     {{"package/package.json", NPM(", \"exports\": {\".\": [{\"import\": \"./x.js\"}]}")}},
     "npm/target-missing: \"exports\" points to ./x.js"},
    {"exports pattern", "acme-demo-1.2.0.tgz", {{"package/package.json", NPM(", \"exports\": {\"./*\": \"./x/*.js\"}")}}, "nothing in the tarball fits it"},
    {"exports, two stars", "acme-demo-1.2.0.tgz", {{"package/package.json", NPM(", \"exports\": \"./*/*.js\"")}}, "which has more than one *"},
    {"exports without dot", "acme-demo-1.2.0.tgz", {{"package/package.json", NPM(", \"exports\": \"x.js\"")}, {"package/x.js", "x"}}, "does not begin with ./"},
    {"files", "acme-demo-1.2.0.tgz", {{"package/package.json", NPM(", \"files\": [\"dist\"]")}}, "npm/files-entry: \"files\" has dist"},
    {"workspace",
     "acme-demo-1.2.0.tgz",
     {{"package/package.json", NPM(", \"dependencies\": {\"b\": \"workspace:*\"}")}},
     "npm/dependency: dependencies: b is \"workspace:*\""},
    {"file", "acme-demo-1.2.0.tgz", {{"package/package.json", NPM(", \"optionalDependencies\": {\"b\": \"file:../b\"}")}}, "npm/dependency"},
    {"node_modules",
     "acme-demo-1.2.0.tgz",
     {{"package/package.json", NPM("")}, {"package/node_modules/a/x.js", "x"}},
     "npm/node-modules: package/node_modules/a/x.js"},
    {"bundled and missing", "acme-demo-1.2.0.tgz", {{"package/package.json", NPM(", \"bundledDependencies\": [\"b\"]")}}, "npm/bundled-missing"},
    {"install script",
     "acme-demo-1.2.0.tgz",
     {{"package/package.json", NPM(", \"scripts\": {\"postinstall\": \"x\"}")}},
     "npm/install-script: its script \"postinstall\""},
    {"binding.gyp", "acme-demo-1.2.0.tgz", {{"package/package.json", NPM("")}, {"package/binding.gyp", "x"}}, "npm/install-script: binding.gyp"},
    {"link", "acme-demo-1.2.0.tgz", {{"package/package.json", NPM("")}, {"package/l", "->package.json"}}, "neither a file nor a folder"},
};

/* ---- crates ---- */

#define CARGO "[package]\nname = \"demo\"\nversion = \"1.2.0\"\n"
#define ABOUT "license = \"MIT\"\ndescription = \"A demo\"\n"
#define VCS                                                                                                                                                    \
    { "demo-1.2.0/.cargo_vcs_info.json", "{\"git\": {\"sha1\": \"0123\"}, \"path_in_vcs\": \"\"}" }
#define ORIG                                                                                                                                                   \
    { "demo-1.2.0/Cargo.toml.orig", "x" }

static const Case crate_cases[] = {
    {"good",
     "demo-1.2.0.crate",
     {{"demo-1.2.0/Cargo.toml", CARGO ABOUT "[dependencies.serde]\nversion = \"1\"\n[dev-dependencies.x]\npath = \"../x\"\n"}, VCS, ORIG},
     NULL},
    {"long description",
     "demo-1.2.0.crate",
     {{"demo-1.2.0/Cargo.toml", CARGO "license-file = \"L\"\ndescription = \"\"\"\nlong\n\"\"\"\n"}, {"demo-1.2.0/L", "x"}, VCS, ORIG},
     NULL},
    {"top folder", "demo-1.2.0.crate", {{"demo-1.2.0/Cargo.toml", CARGO ABOUT}, {"other/a", "a"}}, "crate/top-folder: other/a"},
    {"no manifest", "demo-1.2.0.crate", {{"demo-1.2.0/a", "a"}}, "crate/manifest: demo-1.2.0/Cargo.toml is missing"},
    {"no TOML", "demo-1.2.0.crate", {{"demo-1.2.0/Cargo.toml", "[package\n"}}, "crate/manifest: demo-1.2.0/Cargo.toml:1: it is not TOML"},
    {"file name", "demo-1.3.0.crate", {{"demo-1.3.0/Cargo.toml", CARGO ABOUT}}, "crate/name: the file name is not demo-1.2.0.crate"},
    {"name", "1d-1.2.0.crate", {{"1d-1.2.0/Cargo.toml", "[package]\nname = \"1d\"\nversion = \"1.2.0\"\n"}}, "crate/name: the name \"1d\""},
    {"version", "demo-1.2.crate", {{"demo-1.2/Cargo.toml", "[package]\nname = \"demo\"\nversion = \"1.2\"\n"}}, "crate/version"},
    {"publish", "demo-1.2.0.crate", {{"demo-1.2.0/Cargo.toml", CARGO ABOUT "publish = false\n"}}, "crate/publish-false"},
    {"no license", "demo-1.2.0.crate", {{"demo-1.2.0/Cargo.toml", CARGO "description = \"x\"\n"}}, "crate/no-license"},
    {"no description", "demo-1.2.0.crate", {{"demo-1.2.0/Cargo.toml", CARGO "license = \"MIT\"\ndescription = \"\"\n"}}, "crate/no-description"},
    {"old OR",
     "demo-1.2.0.crate",
     {{"demo-1.2.0/Cargo.toml", CARGO "license = \"MIT/Apache-2.0\"\ndescription = \"x\"\nkeywords = [\"a\", \"b-c\"]\n"}, VCS, ORIG},
     NULL},
    {"unknown license",
     "demo-1.2.0.crate",
     {{"demo-1.2.0/Cargo.toml", CARGO "license = \"Foo\"\ndescription = \"x\"\n"}},
     "crate/license-expression: the license \"Foo\""},
    {"keywords",
     "demo-1.2.0.crate",
     {{"demo-1.2.0/Cargo.toml", CARGO ABOUT "keywords = [\"a\", \"b\", \"c\", \"d\", \"e\", \"f\"]\n"}},
     "crate/keywords: Cargo.toml has 6 keywords"},
    {"keyword", "demo-1.2.0.crate", {{"demo-1.2.0/Cargo.toml", CARGO ABOUT "keywords = [\"a b\"]\n"}}, "crate/keywords: the keyword \"a b\""},
    {"categories",
     "demo-1.2.0.crate",
     {{"demo-1.2.0/Cargo.toml", CARGO ABOUT "categories = [\"a\", \"b\", \"c\", \"d\", \"e\", \"f\"]\n"}},
     "crate/keywords: Cargo.toml has 6 categories"},
    {"license file",
     "demo-1.2.0.crate",
     {{"demo-1.2.0/Cargo.toml", CARGO "license-file = \"L\"\ndescription = \"x\"\n"}},
     "crate/file-missing: Cargo.toml's package.license-file is L"},
    {"readme", "demo-1.2.0.crate", {{"demo-1.2.0/Cargo.toml", CARGO ABOUT "readme = \"R.md\"\n"}}, "crate/file-missing"},
    {"no original", "demo-1.2.0.crate", {{"demo-1.2.0/Cargo.toml", CARGO ABOUT}, VCS}, "crate/no-original-manifest"},
    {"no commit", "demo-1.2.0.crate", {{"demo-1.2.0/Cargo.toml", CARGO ABOUT}, ORIG}, "crate/no-vcs-info"},
    {"dirty",
     "demo-1.2.0.crate",
     {{"demo-1.2.0/Cargo.toml", CARGO ABOUT}, ORIG, {"demo-1.2.0/.cargo_vcs_info.json", "{\"git\": {\"dirty\": true}}"}},
     "crate/dirty"},
    {"wildcard",
     "demo-1.2.0.crate",
     {{"demo-1.2.0/Cargo.toml", CARGO ABOUT "[dependencies]\na = \"*\"\n"}},
     "crate/dependency: the dependency a may be of any version"},
    {"wildcard in a target",
     "demo-1.2.0.crate",
     {{"demo-1.2.0/Cargo.toml", CARGO ABOUT "[target.'cfg(unix)'.build-dependencies.a]\nversion = \"*\"\n"}},
     "the dependency a may be"},
    {"path",
     "demo-1.2.0.crate",
     {{"demo-1.2.0/Cargo.toml", CARGO ABOUT "[dependencies]\na = { path = \"../a\" }\n"}},
     "crate/dependency: the dependency a has a path and no version"},
    {"git",
     "demo-1.2.0.crate",
     {{"demo-1.2.0/Cargo.toml", CARGO ABOUT "[dependencies.a]\ngit = \"https://example.org/a\"\n"}},
     "crate/dependency: the dependency a has a git and no version"},
    {"link", "demo-1.2.0.crate", {{"demo-1.2.0/Cargo.toml", CARGO ABOUT}, {"demo-1.2.0/l", "->Cargo.toml"}}, "neither a file nor a folder"},
};

/* ---- what is packed by mistake; none of these was ever given out ---- */

#define GOOD_GITHUB                                                                                                                                            \
    "ghp_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ"                                                                                                                       \
    "0mLq17"
#define BASE64_LINE "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7\n"
#define IN(text)                                                                                                                                               \
    {                                                                                                                                                          \
        { "top/a.txt", text }                                                                                                                                  \
    }

static const Case scan_cases[] = {
    {"nothing",
     "x.tar.gz",
     {{"top/.env.example", "x"}, {"top/.gitignore", "x"}, {"top/id_rsa.pub", "ssh-rsa AAAA"}, {"top/.npmrc", "//r/:_authToken=${NPM_TOKEN}\n"}},
     NULL},
    {"git", "x.tar.gz", {{"top/.git/config", "x"}}, "content/secret: \"top/.git/config\" must not be in a package"},
    {"env", "x.tar.gz", {{"top/.env", "x"}}, "(rule env-file)"},
    {"pypirc", "x.tar.gz", {{"top/.pypirc", "x"}}, "(rule pypirc)"},
    {"ssh", "x.tar.gz", {{"top/.ssh/id_ed25519", "x"}}, "(rule ssh-key-file)"},
    {"npmrc",
     "x.tar.gz",
     {{"top/.npmrc", "//r/:_authToken=0123456789abcdef\n"}},
     "top/.npmrc:1: it holds a registry's token (rule npmrc): _aut…, 27 characters"},
    {"private key", "x.tar.gz", IN("one\ntwo\n-----BEGIN RSA PRIVATE KEY-----\n" BASE64_LINE), "top/a.txt:3: it holds a private key (rule private-key)"},
    {"key with headers", "x.tar.gz", IN("-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n" BASE64_LINE),
     "(rule private-key)"},
    {"key in JSON", "x.tar.gz", IN("{\"k\": \"-----BEGIN PRIVATE KEY-----\\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7\\n\"}"), "(rule private-key)"},
    {"PGP key", "x.tar.gz", IN("-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n" BASE64_LINE), "(rule private-key)"},
    {"header alone", "x.tar.gz", IN("if '-----BEGIN RSA PRIVATE KEY-----' in text:\n    return '-----END RSA PRIVATE KEY-----'\n"), NULL},
    {"public key", "x.tar.gz", IN("-----BEGIN PUBLIC KEY-----\n" BASE64_LINE), NULL},
    {"GitHub", "x.tar.gz", IN("a\nt = '" GOOD_GITHUB "'\n"), "top/a.txt:2: it holds a GitHub token (rule github-token): ghp_…, 40 characters"},
    {"GitHub, wrong checksum", "x.tar.gz",
     IN("ghp_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ"
        "0mLq18"),
     NULL},
    {"GitHub, too long", "x.tar.gz", IN(GOOD_GITHUB "a"), NULL},
    {"GitHub, within a word", "x.tar.gz", IN("x" GOOD_GITHUB), NULL},
    {"GitHub, fine-grained", "x.tar.gz", IN("github_pat_11ABCDEFG0123456789abc_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVW"),
     "(rule github-pat)"},
    {"GitLab", "x.tar.gz", IN("glpat-Ab3dEf6hIj9kLm2nOp5q"), "(rule gitlab-token)"},
    {"GitLab, a row of x", "x.tar.gz", IN("glpat-xxxxxxxxxxxxxxxxxxxx"), NULL},
    {"PyPI", "x.tar.gz", IN("pypi-AgEIcHlwaS5vcmcCJDAwMDAwMDAwLTAwMDAtMDAwMC0wMDAwLTAwMDAwMDAwMDAwMAACKlszLCJ"), "(rule pypi-token)"},
    {"npm", "x.tar.gz",
     IN("npm_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ"
        "0mLq17"),
     "(rule npm-token)"},
    {"AWS", "x.tar.gz", IN("[default]\naws_access_key_id = AKIAQ3EGRIUGFJK7ABCD\naws_secret_access_key = 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\n"),
     "top/a.txt:2: it holds an AWS key with its secret"},
    {"AWS, id alone", "x.tar.gz", IN("AKIAQ3EGRIUGFJK7ABCD"), NULL},
    {"AWS, the manual's", "x.tar.gz", IN("AKIAIOSFODNN7EXAMPLE\nwJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n"), NULL},
    {"Slack", "x.tar.gz",
     IN("xoxb-"
        "123456789012-1234567890123-AbCdEfGhIjKlMnOpQrStUvWx"),
     "(rule slack-token)"},
    {"Google", "x.tar.gz", IN("AIzaSyA1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q"), "(rule google-key)"},
    {"Stripe", "x.tar.gz",
     IN("sk_live_"
        "4eC39HqLyjWDarjtT1zdp7dc"),
     "(rule stripe-key)"},
    {"Stripe, test key", "x.tar.gz",
     IN("sk_test_"
        "4eC39HqLyjWDarjtT1zdp7dc"),
     NULL},
    {"LFS pointer", "x.tar.gz", IN("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"),
     "content/lfs-pointer: \"top/a.txt\" is a pointer of Git LFS"},
    {"litter", "x.tar.gz", {{"top/__pycache__/a.pyc", "x"}}, "content/litter: \"top/__pycache__/a.pyc\" is litter: Python's cache"},
    {"backup", "x.tar.gz", {{"top/a.c~", "x"}}, "content/litter"},
    {"Mac", "x.tar.gz", {{"top/.DS_Store", "x"}}, "content/litter"},
    {"no top folder", "x.tar.gz", {{"a", "x"}, {"b", "x"}}, "content/top-folder"},
    {"in a wheel too", "demo_pkg-1.2.0-py3-none-any.whl", {{"demo/a.py", GOOD_GITHUB}}, "demo/a.py:1: it holds a GitHub token"},
    {"in a tgz of no kind", "x.tgz", IN(GOOD_GITHUB), "top/a.txt:1: it holds a GitHub token"},
};

static void test_case(gconstpointer data) {
    const Case *row = data;
    g_autofree char *path = archive_make(folder, row->file, row->parts);
    g_autoptr(GError) error = NULL;
    g_autoptr(Package) package = package_read(path, &error);
    g_assert_no_error(error);
    assert_found(row->title, package, row->says);
    g_unlink(path);
}

/* Found wherever it lies, also across the borders of the pieces in which a large member comes. */
static void test_across_borders(void) {
    static const guint places[] = {
        0, 1, 5000, (1u << 17) - 20, (1u << 17) - 1, 1u << 17, (1u << 18) - 39, (1u << 20) - 5, (1u << 20) + 1, (1u << 20) + 600, 3u << 20};
    const gsize length = strlen(GOOD_GITHUB), size = (3u << 20) + length;
    for (guint i = 0; i < G_N_ELEMENTS(places); i++) {
        g_autofree char *text = g_malloc(size + 1);
        for (gsize at = 0; at < size; at++)
            text[at] = at % 64 == 63 ? '\n' : (char)('!' + at % 14);
        text[size] = '\0';
        memcpy(text + places[i], GOOD_GITHUB, length);
        guint line = 1;
        for (gsize at = 0; at < places[i]; at++)
            line += text[at] == '\n' ? 1 : 0;
        g_autofree char *wanted = g_strdup_printf("top/a:%u: it holds a GitHub token", line);
        const Part parts[MAX_PARTS] = {{"top/a", text}};
        g_autofree char *path = archive_make(folder, "border.tar.gz", parts);
        g_autoptr(Package) package = package_read(path, NULL);
        assert_found("tar", package, wanted);
        const BytesZip part = {.name = "top/a", .data = text}, large = {.name = "top/z", .zeros = 17u << 20};
        const BytesZip both[] = {part, large};
        g_autoptr(GByteArray) bytes = bytes_zip(both, 2, &(BytesZipEnd){0});
        g_autofree char *zip = g_build_filename(folder, "border.zip", NULL);
        g_assert_true(g_file_set_contents(zip, (const char *)bytes->data, (gssize)bytes->len, NULL));
        g_autoptr(Package) second = package_read(zip, NULL);
        assert_found("zip", second, wanted);
    }
}

static void test_allowed(void) {
    static const char *const allow[] = {"top/tests/*", NULL};
    const Part parts[MAX_PARTS] = {{"top/tests/key", GOOD_GITHUB}, {"top/tests/.env", "x"}};
    g_autofree char *path = archive_make(folder, "allowed.tar.gz", parts);
    g_autoptr(Package) package = package_read_with(path, &(PackageRules){allow}, NULL);
    assert_found("allowed", package, NULL);
    g_autoptr(Package) strict = package_read(path, NULL);
    g_assert_cmpuint(strict->problems->len, ==, 2);
}

/* The secret itself is never shown. */
static void test_never_shown(void) {
    const Part parts[MAX_PARTS] = {{"top/a", GOOD_GITHUB}};
    g_autofree char *path = archive_make(folder, "shown.tar.gz", parts);
    g_autoptr(Package) package = package_read(path, NULL);
    g_autofree char *found = all_findings(package, -1);
    g_assert_null(strstr(found, "zQWB"));
}

static void test_globs(void) {
    static const struct {
        const char *glob, *name;
        bool fits;
    } rows[] = {
        {"", "", true},     {"*", "", true},       {"*", "a/b", true},       {"a*c", "abbc", true},       {"a*c", "abcb", false},          {"?", "a", true},
        {"?", "", false},   {"*a*b", "aab", true}, {"*.js", "a.jsx", false}, {"*~", "\xff\x80~", true},   {".env.*.local", "\x80", false}, {"a", "ab", false},
        {"ab", "a", false}, {"**a", "bba", true},  {"a?c*", "abc", true},    {"*\xff", "\xbf\xff", true},
    };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
        g_assert_cmpint(package_name_matches(rows[i].glob, rows[i].name), ==, rows[i].fits);
    /* Not UTF-8, of every length that a broken character can have. */
    const BytesTar parts[] = {{.name = "top/\xff\xfe\xfd", .data = "x"}, {.name = "\x80", .data = "x"}, {.name = "a/\xf0\x80", .data = "x"}};
    g_autoptr(GByteArray) tar = bytes_tar(parts, 3);
    g_autofree char *path = g_build_filename(folder, "globs.tar", NULL);
    g_assert_true(g_file_set_contents(path, (const char *)tar->data, (gssize)tar->len, NULL));
    g_autoptr(Package) package = package_read(path, NULL);
    assert_found("not UTF-8", package, "it is not UTF-8");
}

static void test_modes(void) {
    const BytesTar parts[] = {{.name = "top/a", .data = "x", .mode = 04755}, {.name = "top/b", .data = "x", .mode = 0666}};
    g_autoptr(GByteArray) tar = bytes_tar(parts, 2);
    g_autofree char *path = g_build_filename(folder, "modes.tar", NULL);
    g_assert_true(g_file_set_contents(path, (const char *)tar->data, (gssize)tar->len, NULL));
    g_autoptr(Package) package = package_read(path, NULL);
    assert_found("set-uid", package, "content/mode: \"top/a\" would run with its owner's rights (mode 4755)");
    assert_found("writable", package, "content/mode: \"top/b\" can be written by everybody (mode 0666)");
}

/* ---- what slipway packs, slipway reads ---- */

static void test_own_archives(void) {
    static const char *const names[] = {"own.tar.gz", "own.tar.zst", "own.zip", "own.tgz"};
    g_autofree char *deep = g_strnfill(180, 'd');
    g_autofree char *long_path = g_strdup_printf("own/%s/%s", deep, deep);
    g_autoptr(GBytes) text = g_bytes_new_static("some text\n", 10);
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        PackageEntry entries[] = {{.path = "own/a", .bytes = text, .executable = true},
                                  {.path = "own/caf\xc3\xa9", .bytes = text},
                                  {.path = long_path, .bytes = text},
                                  {.path = "own/link", .link = "a"}};
        g_autofree char *to = g_build_filename(folder, names[i], NULL);
        PackageSpec spec = {.to = to, .epoch = 1767225600, .entries = entries, .count = 4};
        g_assert_true(package_pack_format(names[i], &spec.format));
        spec.count = spec.format == PACK_ZIP ? 3 : 4;
        g_assert_true(package_pack(&spec, NULL));
        g_autoptr(Package) package = package_read(to, NULL);
        assert_found(names[i], package, NULL);
    }
}

/* ---- against the tree ---- */

static char *blob(const char *text, const char *format) {
    g_autoptr(DigestStream) stream = digest_stream_new_blob(format, strlen(text));
    digest_stream_update(stream, text, strlen(text));
    return digest_stream_finish(g_steal_pointer(&stream));
}

static char *listed(const GPtrArray *list) {
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < list->len; i++)
        g_string_append_printf(out, "%s ", (const char *)list->pdata[i]);
    return g_string_free(out, FALSE);
}

typedef struct {
    const char *title, *file, *under;
    const Part parts[MAX_PARTS];
    const char *extra, *differs, *missing, *made;
    guint same;
} TreeCase;

static const Part tree_files[] = {
    {"README", "read me\n"}, {"src/a.c", "int a;\n"}, {"src/Cargo.toml", "[package]\n"}, {"latest", "->README"}, {"tests/t.c", "int t;\n"}};

static const TreeCase tree_cases[] = {
    {"all",
     "t-1.tar.gz",
     NULL,
     {{"t-1/README", "read me\n"},
      {"t-1/src/a.c", "int a;\n"},
      {"t-1/src/Cargo.toml", "[package]\n"},
      {"t-1/latest", "->README"},
      {"t-1/tests/t.c", "int t;\n"}},
     "",
     "",
     "",
     "",
     5},
    {"no top folder", "t-1.tar.gz", NULL, {{"src/a.c", "int a;\n"}}, "", "", "README latest src/Cargo.toml tests/t.c ", "", 1},
    {"extra and changed",
     "t-1.tar.gz",
     NULL,
     {{"t-1/README", "Read me\n"}, {"t-1/.env.example", "x"}},
     ".env.example ",
     "README ",
     "latest src/Cargo.toml src/a.c tests/t.c ",
     "",
     0},
    {"link turned file", "t-1.tar.gz", NULL, {{"t-1/latest", "README"}}, "", "", "README src/Cargo.toml src/a.c tests/t.c ", "", 1},
    {"sdist",
     "t-1.tar.gz",
     NULL,
     {{"t-1/PKG-INFO", "x"}, {"t-1/t.egg-info/SOURCES.txt", "x"}, {"t-1/setup.cfg", "x"}, {"t-1/README", "read me\n"}, {"t-1/src/b.c", "x"}},
     "src/b.c ",
     "",
     "latest src/Cargo.toml src/a.c tests/t.c ",
     "PKG-INFO setup.cfg t.egg-info/SOURCES.txt ",
     1},
    {"crate",
     "t-1.crate",
     "src",
     {{"t-1/Cargo.toml", "new"}, {"t-1/Cargo.toml.orig", "[package]\n"}, {"t-1/a.c", "int a;\n"}, {"t-1/.cargo_vcs_info.json", "{}"}, {"t-1/evil.rs", "x"}},
     "evil.rs ",
     "",
     "",
     ".cargo_vcs_info.json Cargo.toml ",
     2},
    {"crate of another manifest", "t-1.crate", "src", {{"t-1/Cargo.toml.orig", "[other]\n"}}, "", "Cargo.toml.orig ", "a.c ", "", 0},
};

static void compare_case(const TreeCase *row, const char *format) {
    g_autoptr(GHashTable) tree = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
    for (guint i = 0; i < G_N_ELEMENTS(tree_files); i++) {
        const char *text = tree_files[i].text;
        g_hash_table_insert(tree, (gpointer)tree_files[i].path, blob(g_str_has_prefix(text, "->") ? text + 2 : text, format));
    }
    g_autofree char *path = archive_make(folder, row->file, row->parts);
    g_autoptr(GError) error = NULL;
    g_autoptr(PackageComparison) is = package_compare_tree(&(PackageCompare){path, tree, format, row->under}, &error);
    g_assert_no_error(error);
    g_autofree char *extra = listed(is->extra), *differs = listed(is->differs), *missing = listed(is->missing), *made = listed(is->made);
    g_assert_cmpstr(extra, ==, row->extra);
    g_assert_cmpstr(differs, ==, row->differs);
    g_assert_cmpstr(missing, ==, row->missing);
    g_assert_cmpstr(made, ==, row->made);
    g_assert_cmpuint(is->same, ==, row->same);
}

static void test_compare(gconstpointer data) {
    compare_case(data, "sha1");
    compare_case(data, "sha256");
}

/* As git computes them: printf 'read me\n' | git hash-object --stdin, and with --object-format=sha256. */
static void test_blob_ids(void) {
    g_autofree char *sha1 = blob("hello\n", "sha1"), *sha256 = blob("hello\n", "sha256");
    g_assert_cmpstr(sha1, ==, "ce013625030ba8dba906f756967f9e9ca394464a");
    g_assert_cmpstr(sha256, ==, "2cf8d83d9ee29543b34a87727421fdecb7e3f3a183d337639025de576db9ebb4");
}

static void test_not_compared(void) {
    g_autoptr(GHashTable) tree = g_hash_table_new(g_str_hash, g_str_equal);
    g_autofree char *wheel = archive_wheel(folder, "1.2.0");
    g_autoptr(GError) error = NULL;
    g_assert_null(package_compare_tree(&(PackageCompare){wheel, tree, "sha1", NULL}, &error));
    g_assert_true(error_is(error, ERROR_PACKAGE));
    const Part parts[MAX_PARTS] = {{"t-1/../../a", "x"}};
    g_autofree char *evil = archive_make(folder, "t-1.tar.gz", parts);
    g_assert_null(package_compare_tree(&(PackageCompare){evil, tree, "sha1", NULL}, NULL));
}

static void add_cases(const char *group, const Case *cases, guint count) {
    for (guint i = 0; i < count; i++) {
        g_autofree char *path = g_strconcat("/contents/", group, "/", cases[i].title, NULL);
        g_test_add_data_func(path, &cases[i], test_case);
    }
}

int main(int argc, char **argv) {
    setlocale(LC_ALL, "C.UTF-8");
    g_test_init(&argc, &argv, NULL);
    folder = fs_make_temp_dir("slipway-contents", NULL);
    add_cases("npm", npm_cases, G_N_ELEMENTS(npm_cases));
    add_cases("crate", crate_cases, G_N_ELEMENTS(crate_cases));
    add_cases("scan", scan_cases, G_N_ELEMENTS(scan_cases));
    g_test_add_func("/contents/across-borders", test_across_borders);
    g_test_add_func("/contents/allowed", test_allowed);
    g_test_add_func("/contents/never-shown", test_never_shown);
    g_test_add_func("/contents/globs", test_globs);
    g_test_add_func("/contents/modes", test_modes);
    g_test_add_func("/contents/own-archives", test_own_archives);
    for (guint i = 0; i < G_N_ELEMENTS(tree_cases); i++) {
        g_autofree char *path = g_strconcat("/contents/compare/", tree_cases[i].title, NULL);
        g_test_add_data_func(path, &tree_cases[i], test_compare);
    }
    g_test_add_func("/contents/blob-ids", test_blob_ids);
    g_test_add_func("/contents/not-compared", test_not_compared);
    int status = g_test_run();
    fs_remove_tree(folder, NULL);
    g_free(folder);
    return status;
}
