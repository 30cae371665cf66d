/* What every format of manifests promises, for every row of formats.def, with the row's own cases in data/formats/ROW.json: the places are found where they
 * are said to be, and only the bytes of the version change. */
#include "base/error.h"
#include "base/fs.h"
#include "base/jsonx.h"
#include "manifest/manifest.h"

#include <string.h>

#define NEW "12.34.56"

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
static char *expected(const char *text, const GPtrArray *places) {
    GString *out = g_string_new(text);
    for (guint i = places->len; i > 0; i--) {
        const ManifestPlace *place = g_ptr_array_index(places, i - 1);
        g_string_erase(out, (gssize)place->offset, (gssize)place->length);
        g_string_insert(out, (gssize)place->offset, NEW);
    }
    return g_string_free(out, FALSE);
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
    g_autofree char *wanted = expected(g_bytes_get_data(bytes, NULL), places);
    g_assert_cmpuint(g_bytes_get_size(edited), ==, strlen(wanted));
    g_assert_cmpstr(g_bytes_get_data(edited, NULL), ==, wanted);
    g_assert_null(manifest_set(file, bytes, "0.0.1", NEW, NULL));
}

static void check_case(const ManifestFormat *format, const json_t *row) {
    const char *text = jsonx_string(row, "text");
    g_auto(GStrv) names = jsonx_to_strv(json_object_get(row, "names"));
    guint count = (guint)jsonx_int(row, "count", 0);
    const char *const *known = json_object_get(row, "names") != NULL ? (const char *const *)names : NULL;
    ManifestFile file = {.format = format, .path = jsonx_string(row, "path"), .pattern = jsonx_string(row, "pattern"), .count = count, .names = known};
    g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text) + 1);
    g_autoptr(GBytes) content = g_bytes_new_from_bytes(bytes, 0, strlen(text));
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
        g_autofree char *text = g_strdup(jsonx_string(row, "text"));
        gsize length = strlen(text);
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

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    const ManifestFormat *const *formats = manifest_formats();
    for (guint i = 0; formats[i] != NULL; i++) {
        g_autofree char *cases = g_strdup_printf("/formats/%s/cases", formats[i]->name);
        g_autofree char *noise = g_strdup_printf("/formats/%s/noise", formats[i]->name);
        g_test_add_data_func(cases, formats[i], test_format);
        g_test_add_data_func(noise, formats[i], test_noise);
    }
    return g_test_run();
}
