/* Core metadata: the tables of what each field may be. What twine and indexes say of whole files is held against it in tests/system/test_twine.py. */
#include "archives.h"
#include "base/fs.h"
#include "package/metadata.h"

#include <locale.h>
#include <signal.h>
#include <string.h>

/* ---- grammars: text, what is wrong with it (a part of it; NULL: nothing) ---- */

typedef struct {
    const char *text;
    const char *says;
} Row;

static void check_row(const Row *row, const char *problem) {
    if (row->says == NULL ? problem != NULL : problem == NULL || strstr(problem, row->says) == NULL)
        g_error("\"%s\": \"%s\" is expected, not \"%s\"", row->text, row->says != NULL ? row->says : "nothing", problem != NULL ? problem : "nothing");
}

static const Row requirements[] = {
    {"click", NULL},
    {"a", NULL},
    {"A.b-C_9", NULL},
    {"click>=8", NULL},
    {"click (>=8,<9)", NULL},
    {"click [x , y-z] >= 8", NULL},
    {"click[]", NULL},
    {"click==8.*", NULL},
    {"click===anything at all", "its end expected"},
    {"click===any", NULL},
    {"click>=8,", NULL},
    {"click @ https://example.org/c.zip", NULL},
    {"click@https://example.org/c.zip ; os_name == 'nt'", NULL},
    {"click; python_version < '3.8'", NULL},
    {"click; ('x' == extra and (os_name != \"nt\")) or sys.platform not in 'a b'", NULL},
    {"", "the name of a package expected at its end"},
    {"-click", "the name of a package expected"},
    {"click click", "its end expected before \"click\""},
    {"click >", "is no version"},
    {"click > 8.*", "may not have .* here"},
    {"click == 8.1.dev1.*", "may not have .* here"},
    {"click ~= 8", "needs two numbers"},
    {"click >= 8+local", "may not have a local part"},
    {"click = 8", "a comparison like >=1.0 expected"},
    {"click >=8 <9", "its end expected"},
    {"click (>=8", "a closing parenthesis expected at its end"},
    {"click [x", "] expected at its end"},
    {"click [x y]", "] expected before"},
    {"click @", "a URL expected"},
    {"click;", "a variable of markers or a quoted text expected"},
    {"click; python == '3'", "a variable of markers"},
    {"click; os_name", "a comparison (==, in, not in"},
    {"click; os_name is 'nt'", "a comparison"},
    {"click; os_name == 'nt", "a text with its closing quote expected"},
    {"click; (os_name == 'nt'", "a closing parenthesis"},
    {"click; os_name == 'nt' xor extra == 'x'", "its end expected before \"xor"},
    {"click; ((((((((((((((((((((((((((((((((((((((((extra == 'x'", "fewer parentheses expected"},
};

static void test_requirements(void) {
    for (guint i = 0; i < G_N_ELEMENTS(requirements); i++) {
        bool url = false;
        g_autofree char *problem = package_requirement_problem(requirements[i].text, &url);
        check_row(&requirements[i], problem);
        if (problem == NULL)
            g_assert_true(url == (strchr(requirements[i].text, '@') != NULL));
    }
}

static const Row specifiers[] = {
    {">=3.9", NULL},
    {"", NULL},
    {">=3.9,<4,", NULL},
    {" ~=3.9 , !=3.10.* ", NULL},
    {"===x", NULL},
    {"3.9", "a comparison"},
    {">=3.x", "is no version"},
    {">=3.9 <4", "a comma expected"},
    {">=3.*", "may not have .*"},
};

static void test_specifiers(void) {
    for (guint i = 0; i < G_N_ELEMENTS(specifiers); i++) {
        g_autofree char *problem = package_specifiers_problem(specifiers[i].text);
        check_row(&specifiers[i], problem);
    }
}

typedef struct {
    const char *text, *canonical, *says;
} License;

static const License expressions[] = {
    {"MIT", "MIT", NULL},
    {"mit", "MIT", NULL},
    {"apache-2.0 or mit", "Apache-2.0 OR MIT", NULL},
    {"( MIT or (BSD-3-Clause and Zlib) )", "(MIT OR (BSD-3-Clause AND Zlib))", NULL},
    {"GPL-2.0-or-later with classpath-exception-2.0", "GPL-2.0-or-later WITH Classpath-exception-2.0", NULL},
    {"GPL-2.0+", "GPL-2.0+", NULL},
    {"Apache-2.0+", "Apache-2.0+", NULL},
    {"licenseref-My.Own-1", "LicenseRef-My.Own-1", NULL},
    {"", NULL, "a license is expected before the end"},
    {"MIT OR", NULL, "a license is expected before the end"},
    {"OR MIT", NULL, "a license is expected before OR"},
    {"MIT MIT", NULL, "AND or OR is expected before MIT"},
    {"(MIT", NULL, "a closing parenthesis is expected before the end"},
    {"MIT)", NULL, "AND or OR is expected before )"},
    {"()", NULL, "a license is expected before )"},
    {"Foo", NULL, "SPDX has no license \"Foo\""},
    {"MIT License", NULL, "AND or OR"},
    {"MIT/Apache-2.0", NULL, "SPDX has no license"},
    {"GPL-2.0-only WITH Foo", NULL, "SPDX has no exception \"Foo\""},
    {"GPL-2.0-only WITH", NULL, "an exception is expected before the end"},
    {"LicenseRef-", NULL, "is not LicenseRef-"},
    {"LicenseRef-a_b", NULL, "is not LicenseRef-"},
    {"((((((((((((((((((((((((((((((((((((((((MIT", NULL, "too many parentheses"},
};

static void test_licenses(void) {
    for (guint i = 0; i < G_N_ELEMENTS(expressions); i++) {
        g_autofree char *canonical = NULL;
        g_autofree char *problem = package_license_problem(expressions[i].text, &canonical, NULL);
        check_row(&(Row){expressions[i].text, expressions[i].says}, problem);
        g_assert_cmpstr(canonical, ==, expressions[i].canonical);
    }
    const char *deprecated = NULL;
    g_autofree char *canonical = NULL;
    g_assert_null(package_license_problem("MIT OR GPL-3.0", &canonical, &deprecated));
    g_assert_cmpstr(deprecated, ==, "GPL-3.0");
}

static void test_urls(void) {
    const char *const right[] = {"https://example.org", "http://example.org/a?b=c#d", "HTTPS://example.org:8443/", "https://xn--d1acufc.example/%20"};
    const char *const wrong[] = {"",
                                 "example.org",
                                 "ftp://example.org",
                                 "https://",
                                 "https:/x",
                                 "https:///path",
                                 "https://a b",
                                 "https://a/<b>",
                                 "http://?",
                                 "https://example.org/\\",
                                 "javascript:alert(1)"};
    for (guint i = 0; i < G_N_ELEMENTS(right); i++)
        g_assert_true(package_url_is_valid(right[i]));
    for (guint i = 0; i < G_N_ELEMENTS(wrong); i++)
        g_assert_false(package_url_is_valid(wrong[i]));
}

static void test_emails(void) {
    const char *const right[] = {"a@example.org", "a.b+c@sub.example.org", "\xc3\xa4@example.org", "o'neil@example.co"};
    const char *const wrong[] = {"",         "a",        "@example.org", "a@",       "a@b", "a b@example.org", ".a@example.org", "a..b@example.org",
                                 "a@-b.org", "a@b..org", "a@1.2.3.4",    "a@b_c.org"};
    const char *const reserved[] = {"a@b.invalid", "a@localhost", "a@host.local", "a@x.TEST"};
    for (guint i = 0; i < G_N_ELEMENTS(right); i++)
        g_assert_cmpint(package_email(right[i]), ==, PACKAGE_EMAIL_RIGHT);
    for (guint i = 0; i < G_N_ELEMENTS(wrong); i++)
        g_assert_cmpint(package_email(wrong[i]), ==, PACKAGE_EMAIL_BROKEN);
    for (guint i = 0; i < G_N_ELEMENTS(reserved); i++)
        g_assert_cmpint(package_email(reserved[i]), ==, PACKAGE_EMAIL_RESERVED);
}

/* ---- headers ---- */

static void test_headers(void) {
    g_autoptr(PackageHeaders) headers = package_headers_parse("A: one\r\nb:two\n three\r\n\tfour\nA:  five  \n\r\nbody: x\n");
    g_assert_cmpuint(headers->fields->len, ==, 3);
    guint at = 0;
    g_assert_cmpstr(package_headers_get(headers, "a", &at)->value, ==, "one");
    g_assert_cmpstr(package_headers_get(headers, "a", &at)->value, ==, "five  ");
    g_assert_null(package_headers_get(headers, "a", &at));
    g_assert_cmpstr(package_headers_get(headers, "B", NULL)->value, ==, "two\n three\n\tfour");
    g_assert_cmpuint(package_headers_get(headers, "B", NULL)->line, ==, 2);
    g_assert_cmpstr(headers->body, ==, "body: x\n");
    g_assert_cmpuint(headers->broken_line, ==, 0);
    g_autoptr(PackageHeaders) broken = package_headers_parse("A: one\nno field\nB: two\n");
    g_assert_cmpuint(broken->broken_line, ==, 2);
    g_assert_cmpstr(broken->body, ==, "no field\nB: two\n");
    g_autoptr(PackageHeaders) cr = package_headers_parse("A: one\rB: two");
    g_assert_cmpuint(cr->fields->len, ==, 2);
    g_assert_cmpstr(cr->body, ==, "");
}

/* Quadratic time would not end within this test. */
static void test_large_headers(void) {
    g_autoptr(GString) text = g_string_new("Description: a\n");
    for (guint i = 0; i < 400000; i++)
        g_string_append(text, "        b\n");
    g_autoptr(PackageHeaders) folded = package_headers_parse(text->str);
    g_assert_cmpuint(folded->fields->len, ==, 1);
    g_string_truncate(text, 0);
    for (guint i = 0; i < 100000; i++)
        g_string_append(text, "Classifier: A :: B\n");
    g_autoptr(PackageHeaders) many = package_headers_parse(text->str);
    g_assert_true(many->too_many);
}

/* ---- fields: what is put behind good metadata, and the one code it must bring ---- */

static char *folder;

typedef struct {
    const char *version; /* of the metadata */
    const char *fields;
    const char *code; /* NULL: no problem and no warning */
} Field;

static const Field fields[] = {
    {"2.5", "", NULL},
    {"2.6", "", "metadata/version-newer"},
    {"3.0", "", "metadata/version"},
    {"2.4", "License-Expression: MIT OR Apache-2.0\n", NULL},
    {"2.4", "License-Expression: mit\n", "license/not-canonical"},
    {"2.4", "License-Expression: GPL-3.0\n", NULL},
    {"2.4", "License-Expression: MIT or mine\n", "license/expression"},
    {"2.3", "License-Expression: MIT\n", "metadata/field-too-new"},
    {"2.4", "License-Expression: MIT\nLicense: MIT\n", "license/license-and-expression"},
    {"2.4", "License-Expression: MIT\nClassifier: License :: OSI Approved :: MIT License\n", "license/classifier-and-expression"},
    {"2.4", "License-File: LICENSE\n", NULL},
    {"2.4", "License-File: sub/NOTICE\n", NULL},
    {"2.4", "License-File: COPYING\n", "license/file-missing"},
    {"2.4", "License-File: ../LICENSE\n", "license/path"},
    {"2.4", "License-File: /LICENSE\n", "license/path"},
    {"2.4", "License-File: LICEN*\n", "license/path"},
    {"2.4", "License-File: sub\\NOTICE\n", "license/path"},
    {"2.2", "License-File: COPYING\n", NULL},
    {"2.3", "Provides-Extra: a-b\n", NULL},
    {"2.3", "Provides-Extra: A_B\n", "metadata/extra-normalised"},
    {"2.2", "Provides-Extra: A_B\n", NULL},
    {"2.2", "Provides-Extra: A_B\nProvides-Extra: a-b\n", "metadata/extra-twice"},
    {"2.1", "Dynamic: License\n", "metadata/field-too-new"},
    {"2.2", "Dynamic: License\nDynamic: home-page\n", NULL},
    {"2.2", "Dynamic: Metadata-Version\n", "metadata/dynamic"},
    {"2.5", "Import-Name: demo\nImport-Name: _demo.sub ; private\nImport-Namespace: space\n", NULL},
    {"2.5", "Import-Name:\n", NULL},
    {"2.5", "Import-Name:\nImport-Name: demo\n", "metadata/import-name"},
    {"2.5", "Import-Name: demo\nImport-Namespace: demo\n", "metadata/import-name"},
    {"2.5", "Import-Name: 1demo\n", "metadata/import-name"},
    {"2.5", "Import-Name: demo.class\n", "metadata/import-name"},
    {"2.5", "Import-Name: demo; public\n", "metadata/import-name"},
    {"2.5", "Import-Namespace:\n", "metadata/import-name"},
    {"2.4", "Import-Name: demo\n", "metadata/field-too-new"},
    {"2.1", "Keywords: one two\n", NULL},
    {"2.1",
     "Author: a\x01"
     "b\n",
     "metadata/control-character"},
    {"2.1", "Maintainer-email: \"Doe, Jane\" <jane@example.org>, John <john@example.org>\n", NULL},
    {"2.1", "Requires-Dist: a (>=1)\nProvides-Dist: b\nObsoletes-Dist: c <2\n", NULL},
    {"2.1", "Obsoletes-Dist: c == nothing\n", "metadata/requirement"},
    {"2.1", "Requires-External: libpng (>=1.5)\nPlatform: any\nSupported-Platform: x\nRequires: a\n", NULL},
};

static char *codes_of(const Package *package) {
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < package->findings->len; i++) {
        const PackageFinding *finding = package->findings->pdata[i];
        if (finding->severity != PACKAGE_NOTE)
            g_string_append_printf(out, "%s%s", out->len > 0 ? " " : "", finding->code);
    }
    return g_string_free(out, FALSE);
}

#define INFO "demo_pkg-1.2.0.dist-info/"

static Package *read_with(const char *metadata) {
    const Part parts[MAX_PARTS] = {
        {"demo/__init__.py", "\n"},     {INFO "METADATA", metadata},       {INFO "WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"},
        {INFO "licenses/LICENSE", "x"}, {INFO "licenses/sub/NOTICE", "x"}, {INFO "RECORD", RECORD_HERE},
    };
    g_autoptr(GError) error = NULL;
    g_autofree char *path = archive_make(folder, "demo_pkg-1.2.0-py3-none-any.whl", parts);
    Package *package = package_read(path, &error);
    g_assert_no_error(error);
    return package;
}

static void test_fields(void) {
    for (guint i = 0; i < G_N_ELEMENTS(fields); i++) {
        g_autofree char *text = g_strdup_printf("Metadata-Version: %s\nName: demo-pkg\nVersion: 1.2.0\nDescription-Content-Type: text/plain\n%s\nText.\n",
                                                fields[i].version, fields[i].fields);
        g_autoptr(Package) package = read_with(text);
        g_autofree char *codes = codes_of(package);
        g_test_message("%s %s", fields[i].version, fields[i].fields);
        g_assert_cmpstr(codes, ==, fields[i].code != NULL ? fields[i].code : "");
    }
}

/* ---- rendering: what cannot be tried is never passed ---- */

#define RST "Metadata-Version: 2.1\nName: demo-pkg\nVersion: 1.2.0\nDescription-Content-Type: text/x-rst\n\n"

static void assert_unchecked(const Package *package, const char *why) {
    g_assert_cmpuint(package->unchecked->len, ==, 1);
    const PackageUnchecked *unchecked = package->unchecked->pdata[0];
    g_assert_cmpstr(unchecked->code, ==, "description/rendering");
    g_assert_nonnull(strstr(unchecked->why, why));
}

/* A program in Python's place, by its text. */
static char *pretend(const char *name, const char *text) {
    char *path = g_build_filename(folder, name, NULL);
    g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));
    g_assert_true(fs_write(path, bytes, 0755, NULL));
    return path;
}

static void test_not_rendered(void) {
    const char *const programs[][2] = {
        {"#!/bin/sh\nexit 3\n", "python3-readme-renderer is not installed"},
        {"#!/bin/sh\nkill -9 $$\n", "readme_renderer ended early"},
        {"#!/bin/sh\necho nonsense\n", "its answer cannot be read"},
        {"#!/bin/sh\necho '{\"failed\": \"MemoryError\"}'\n", "gave up: MemoryError"},
        {"#!/bin/sh\nprintf '{\"done\": true'\n", "readme_renderer ended early"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(programs); i++) {
        g_autoptr(GPtrArray) packages = g_ptr_array_new_with_free_func((GDestroyNotify)package_free);
        g_ptr_array_add(packages, read_with(RST "Title\n=====\n"));
        assert_unchecked(packages->pdata[0], "it was not tried");
        g_autofree char *python = pretend("python", programs[i][0]);
        package_render(packages, python, NULL);
        assert_unchecked(packages->pdata[0], programs[i][1]);
    }
    g_autoptr(GPtrArray) packages = g_ptr_array_new_with_free_func((GDestroyNotify)package_free);
    g_ptr_array_add(packages, read_with(RST "Title\n=====\n"));
    package_render(packages, "/nowhere/python3", NULL);
    g_assert_cmpuint(((const Package *)packages->pdata[0])->unchecked->len, ==, 1);
}

static void test_rendered(void) {
    g_autoptr(GPtrArray) packages = g_ptr_array_new_with_free_func((GDestroyNotify)package_free);
    g_ptr_array_add(packages, read_with(RST "Title\n=====\n\nText.\n"));
    g_ptr_array_add(packages, read_with(RST "``open\n"));
    package_render(packages, PACKAGE_PYTHON, NULL);
    const Package *good = packages->pdata[0], *bad = packages->pdata[1];
    g_assert_cmpuint(good->unchecked->len + good->problems->len + bad->unchecked->len, ==, 0);
    g_assert_cmpuint(bad->problems->len, ==, 1);
    g_assert_nonnull(strstr(bad->problems->pdata[0], "its line 1: Inline literal start-string"));
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    setlocale(LC_ALL, "");
    /* As the program does: what is started here may not read its input. */
    signal(SIGPIPE, SIG_IGN);
    folder = fs_make_temp_dir("slipway-metadata", NULL);
    g_test_add_func("/metadata/requirements", test_requirements);
    g_test_add_func("/metadata/specifiers", test_specifiers);
    g_test_add_func("/metadata/licenses", test_licenses);
    g_test_add_func("/metadata/urls", test_urls);
    g_test_add_func("/metadata/emails", test_emails);
    g_test_add_func("/metadata/headers", test_headers);
    g_test_add_func("/metadata/large-headers", test_large_headers);
    g_test_add_func("/metadata/fields", test_fields);
    g_test_add_func("/metadata/not-rendered", test_not_rendered);
    g_test_add_func("/metadata/rendered", test_rendered);
    int status = g_test_run();
    fs_remove_tree(folder, NULL);
    g_free(folder);
    return status;
}
