/* Every format of manifests: the first byte chooses it. Only the bytes of the version change. */
#include "fuzz/fuzz.h"
#include "manifest/manifest.h"

#include <string.h>

#define NEW "9.87.654"

static void check_edit(const ManifestFile *file, GBytes *bytes, const GPtrArray *places) {
    g_autoptr(GBytes) edited = manifest_set(file, bytes, NULL, NEW, NULL);
    if (edited == NULL)
        return;
    gsize before = 0, after = 0, at = 0, read = 0;
    const char *old = g_bytes_get_data(bytes, &before);
    const char *new = g_bytes_get_data(edited, &after);
    for (guint i = 0; i < places->len; i++) {
        const ManifestPlace *place = g_ptr_array_index(places, i);
        gsize same = place->offset - read;
        PROMISE(memcmp(old + read, new + at, same) == 0);
        PROMISE(memcmp(new + at + same, NEW, strlen(NEW)) == 0);
        at += same + strlen(NEW);
        read = place->offset + place->length;
    }
    PROMISE(before - read == after - at && memcmp(old + read, new + at, before - read) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const ManifestFormat *const *formats = manifest_formats();
    static const char *const names[] = {"tool", "a", "b", NULL};
    guint count = 0;
    while (formats[count] != NULL)
        count++;
    PROMISE(count > 0);
    if (size == 0)
        return 0;
    ManifestFile file = {.format = formats[data[0] % count], .path = "a", .pattern = "v={version};", .count = 1, .names = names};
    g_autoptr(GBytes) bytes = g_bytes_new(data + 1, size - 1);
    ManifestQuery query = {.path = file.path, .bytes = bytes, .pattern = file.pattern, .count = file.count, .names = names};
    g_autoptr(GPtrArray) places = file.format->find(&query, NULL);
    gsize end = 0;
    for (guint i = 0; places != NULL && i < places->len; i++) {
        const ManifestPlace *place = g_ptr_array_index(places, i);
        PROMISE(place->offset >= end && place->offset + place->length <= size - 1 && place->length > 0);
        end = place->offset + place->length;
    }
    if (places != NULL)
        check_edit(&file, bytes, places);
    g_autofree char *name = file.format->package != NULL ? file.format->package(bytes) : NULL;
    g_auto(GStrv) members = file.format->members != NULL ? file.format->members(bytes) : NULL;
    (void)name;
    (void)members;
    return 0;
}
