/* What every format of manifests promises, for every row of formats.def, with the row's own cases in data/formats/ROW.json: the places are found where they
 * are said to be, and only the bytes of the version change. A case's bytes are its `text`, or a file of data/formats/ROW/ where they are no UTF-8 or no text is
 * written so by hand. */
#include "base/error.h"
#include "base/fs.h"
#include "base/jsonx.h"
#include "manifest/manifest.h"

#include <string.h>

#define NEW "12.34.56"
#define HOSTILE (1u << 18) /* how often a piece comes */

static json_t *read_cases(const ManifestFormat *format) {
    g_autofree char *name = g_strconcat(format->name, ".json", NULL);
    g_autofree char *path = g_build_filename(g_getenv("G_TEST_SRCDIR"), "contract", "data", "formats", name, NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) bytes = fs_read(path, 1 << 20, &error);
    g_assert_no_error(error);
    json_t *cases = jsonx_parse(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), 1 << 20, path, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(json_array_size(cases), >=, 3);
    return cases;
}

/* The file as it must be: the planned places replaced, from the last to the first. */
static GString *expected(GBytes *bytes, const GPtrArray *places) {
    GString *out = g_string_new_len(g_bytes_get_data(bytes, NULL), (gssize)g_bytes_get_size(bytes));
    for (guint i = places->len; i > 0; i--) {
        const ManifestPlace *place = g_ptr_array_index(places, i - 1);
        g_string_erase(out, (gssize)place->offset, (gssize)place->length);
        g_string_insert(out, (gssize)place->offset, NEW);
    }
    return out;
}

static void check_places(const GPtrArray *places, const json_t *wanted, const char *old) {
    g_assert_cmpuint(places->len, ==, json_array_size(wanted));
    for (guint i = 0; i < places->len; i++) {
        const ManifestPlace *place = g_ptr_array_index(places, i);
        g_autofree char *at = g_strdup_printf("%u:%u", place->line, place->column);
        g_assert_cmpstr(at, ==, json_string_value(json_array_get(wanted, i)));
        g_assert_cmpstr(place->value, ==, old);
    }
}

static void check_edit(const ManifestFile *file, GBytes *bytes, const GPtrArray *places, const char *old) {
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) edited = manifest_set(file, bytes, old, NEW, &error);
    if (places->len == 0) {
        g_assert_true(error_is(error, ERROR_VERSION_NOT_FOUND));
        return;
    }
    g_assert_no_error(error);
    g_autoptr(GString) wanted = expected(bytes, places);
    g_assert_cmpuint(g_bytes_get_size(edited), ==, wanted->len);
    g_assert_true(memcmp(g_bytes_get_data(edited, NULL), wanted->str, wanted->len) == 0);
    g_assert_null(manifest_set(file, bytes, "0.0.1", NEW, NULL));
}

static GBytes *content_of(const ManifestFormat *format, const json_t *row) {
    const char *text = jsonx_string(row, "text");
    if (text != NULL)
        return g_bytes_new(text, strlen(text));
    g_autofree char *path = g_build_filename(g_getenv("G_TEST_SRCDIR"), "contract", "data", "formats", format->name, jsonx_string(row, "file"), NULL);
    g_autoptr(GError) error = NULL;
    GBytes *bytes = fs_read(path, 1 << 20, &error);
    g_assert_no_error(error);
    return bytes;
}

/* Where a case says what else the file tells. */
static void check_rest(const ManifestFormat *format, const json_t *row, GBytes *bytes) {
    if (json_object_get(row, "package") != NULL) {
        g_autofree char *package = format->package(bytes);
        g_assert_cmpstr(package, ==, jsonx_string(row, "package"));
    }
    if (json_object_get(row, "members") != NULL) {
        g_auto(GStrv) members = format->members(bytes);
        g_auto(GStrv) wanted = jsonx_to_strv(json_object_get(row, "members"));
        g_assert_cmpstrv(members, wanted);
    }
}

static void check_case(const ManifestFormat *format, const json_t *row) {
    g_auto(GStrv) names = jsonx_to_strv(json_object_get(row, "names"));
    guint count = (guint)jsonx_int(row, "count", 0);
    const char *const *known = json_object_get(row, "names") != NULL ? (const char *const *)names : NULL;
    ManifestFile file = {.format = format, .path = jsonx_string(row, "path"), .pattern = jsonx_string(row, "pattern"), .count = count, .names = known};
    g_autoptr(GBytes) content = content_of(format, row);
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) places = format->find(&(ManifestQuery){file.path, content, file.pattern, file.count, file.names}, &error);
    const char *refusal = jsonx_string(row, "error");
    if (refusal != NULL) {
        g_assert_null(places);
        g_assert_nonnull(strstr(error->message, refusal));
        return;
    }
    g_assert_no_error(error);
    g_assert_true(format->claims == NULL || format->claims(file.path));
    check_places(places, json_object_get(row, "places"), jsonx_string(row, "old"));
    check_edit(&file, content, places, jsonx_string(row, "old"));
    check_rest(format, row, content);
}

static void test_format(gconstpointer data) {
    g_autoptr(json_t) cases = read_cases(data);
    for (gsize i = 0; i < json_array_size(cases); i++)
        check_case(data, json_array_get(cases, i));
}

/* Whatever the bytes are: places or an error, never a crash; what is found is inside the file. */
static void test_noise(gconstpointer data) {
    const ManifestFormat *format = data;
    g_autoptr(json_t) cases = read_cases(format);
    g_autoptr(GRand) random = g_rand_new_with_seed(7);
    for (guint round = 0; round < 4000; round++) {
        const json_t *row = json_array_get(cases, round % json_array_size(cases));
        g_autoptr(GBytes) content = content_of(format, row);
        gsize length = g_bytes_get_size(content);
        g_autofree char *text = g_memdup2(g_bytes_get_data(content, NULL), length);
        for (guint i = 0; i < 4; i++)
            text[g_rand_int_range(random, 0, (gint32)length)] = "\"'#\n[]{}=\\. v1\0\xff"[g_rand_int_range(random, 0, 17)];
        g_autoptr(GBytes) bytes = g_bytes_new(text, length);
        g_autoptr(GPtrArray) places = format->find(&(ManifestQuery){.path = "a", .bytes = bytes, .pattern = jsonx_string(row, "pattern")}, NULL);
        for (guint i = 0; places != NULL && i < places->len; i++) {
            const ManifestPlace *place = g_ptr_array_index(places, i);
            g_assert_cmpuint(place->offset + place->length, <=, length);
        }
    }
}

/* What would break a reader that calls itself for each bracket, or begins anew for each line: any of them is read in a moment. */
static void test_hostile(gconstpointer data) {
    static const char *const pieces[] = {"",          "[",    "{\"a\":",    "<a>",     "(",         "a",  "1",    "\"",      "'", "\\",
                                         "\n",        "#[[",  "version = ", "[[a]]\n", "- ",        "? ", "a: ",  "[a.b]\n", "@", "~",
                                         "a='1.0'\n", "\xff", "\"\"\"\n",   "${",      "<<A\nRUN ", "#{", "v1.0", "!<a> "};
    const ManifestFormat *format = data;
    gint64 began = g_get_monotonic_time();
    for (guint i = 0; i < G_N_ELEMENTS(pieces); i++) {
        g_autoptr(GByteArray) out = g_byte_array_new();
        for (guint k = 0; *pieces[i] != '\0' && k < HOSTILE; k++)
            g_byte_array_append(out, (const guint8 *)pieces[i], (guint)strlen(pieces[i]));
        g_autoptr(GBytes) bytes = g_bytes_new(out->data, out->len);
        ManifestQuery query = {.path = "a", .bytes = bytes, .pattern = "{version}-x", .names = (const char *const[]){"a", NULL}};
        g_autoptr(GPtrArray) places = format->find(&query, NULL);
        g_autofree char *package = format->package != NULL ? format->package(bytes) : NULL;
        g_auto(GStrv) members = format->members != NULL ? format->members(bytes) : NULL;
        (void)places;
        (void)package;
        (void)members;
    }
    g_assert_cmpint(g_get_monotonic_time() - began, <, 60 * G_TIME_SPAN_SECOND);
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    const ManifestFormat *const *formats = manifest_formats();
    for (guint i = 0; formats[i] != NULL; i++) {
        g_autofree char *cases = g_strdup_printf("/formats/%s/cases", formats[i]->name);
        g_autofree char *noise = g_strdup_printf("/formats/%s/noise", formats[i]->name);
        g_test_add_data_func(cases, formats[i], test_format);
        g_test_add_data_func(noise, formats[i], test_noise);
        g_autofree char *hostile = g_strdup_printf("/formats/%s/hostile", formats[i]->name);
        g_test_add_data_func(hostile, formats[i], test_hostile);
    }
    return g_test_run();
}
