/* Redaction: a secret between any two texts, each of its bytes written in one of the ways that programs have, or all of it in base64. Nothing of it stays. */
#include "base/secret.h"
#include "fuzz/fuzz.h"

#include <string.h>

#define SECRET "s3cr3t/+=\"\\<&> \xc3\xa4 end"

typedef void (*Writer)(GString *out, guint8 byte);

static void plain(GString *out, guint8 byte) {
    g_string_append_c(out, (char)byte);
}

static void percent(GString *out, guint8 byte) {
    g_string_append_printf(out, "%%%02X", byte);
}

static void escape_c(GString *out, guint8 byte) {
    if (byte == '"' || byte == '\\')
        g_string_append_printf(out, "\\%c", byte);
    else
        g_string_append_c(out, (char)byte);
}

/* One way for each byte, as the fuzzer says. */
static char *mixed(const uint8_t *data, size_t size) {
    static const Writer writers[] = {plain, percent, escape_c};
    GString *out = g_string_new(NULL);
    for (gsize i = 0; i < strlen(SECRET); i++)
        writers[(size > 0 ? data[i % size] : 0) % G_N_ELEMENTS(writers)](out, (guint8)SECRET[i]);
    return g_string_free(out, FALSE);
}

static char *hexadecimal(void) {
    GString *out = g_string_new(NULL);
    for (gsize i = 0; i < strlen(SECRET); i++)
        g_string_append_printf(out, "%02x", (guint8)SECRET[i]);
    return g_string_free(out, FALSE);
}

/* The characters that hang from the secret alone, behind `offset` other bytes. */
static char *base64(guint offset) {
    g_autofree char *all = g_strconcat("xy" + 2 - offset, SECRET, NULL);
    g_autofree char *text = g_base64_encode((const guchar *)all, strlen(all));
    gsize from = offset == 0 ? 0 : offset + 1, to = strlen(all) * 8 / 6;
    return g_strndup(text + from, to - from);
}

static void gone(const char *before, const char *written, const char *after) {
    g_autofree char *text = g_strconcat(before, written, after, NULL);
    g_autofree char *clean = secret_redact(text);
    PROMISE(clean != NULL && strstr(clean, written) == NULL && g_utf8_validate(before, -1, NULL) <= g_utf8_validate(clean, -1, NULL));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static Secret *secret;
    if (secret == NULL)
        secret = secret_new(SECRET, strlen(SECRET));
    size_t half = size / 2;
    g_autofree char *before = g_strndup((const char *)data, half), *after = g_strndup((const char *)data + half, size - half);
    g_autofree char *one = mixed(data, size), *hex = hexadecimal();
    gone(before, one, after);
    gone(before, hex, after);
    for (guint offset = 0; offset < 3; offset++) {
        g_autofree char *coded = base64(offset);
        gone(before, coded, after);
    }
    return 0;
}
