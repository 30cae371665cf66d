#include "package/tar_header.h"

#include "package/tar_pax.h"

#include <string.h>

/* A header's text: a path is at most 4096 bytes, a pax header may hold extended attributes. */
#define MAX_EXTRA (1u << 20)
/* One after the other before a member: path, link target, pax, global. */
#define MAX_EXTRAS 8

void package_tar_header_clear(TarHeader *header) {
    g_free(header->path);
    g_free(header->link);
    g_free(header->fault);
}

static TarStatus broken(TarHeader *header, const char *format, ...) G_GNUC_PRINTF(2, 3);
static TarStatus broken(TarHeader *header, const char *format, ...) {
    va_list args;
    va_start(args, format);
    g_free(header->fault);
    header->fault = g_strdup_vprintf(format, args);
    va_end(args);
    return TAR_BROKEN;
}

/* Octal digits, then blanks or NULs; or GNU's base 256. False: neither, or it is negative or does not fit. */
static bool number(const guint8 *field, guint length, guint64 *value) {
    *value = 0;
    guint at = 0;
    if (field[0] == 0x80) {
        for (at = 1; at < length; at++) {
            if (*value >> 55 != 0)
                return false;
            *value = *value << 8 | field[at];
        }
        return true;
    }
    while (at < length && field[at] == ' ')
        at++;
    for (; at < length && field[at] >= '0' && field[at] <= '7'; at++)
        *value = *value << 3 | (guint64)(field[at] - '0');
    for (; at < length; at++) {
        if (field[at] != ' ' && field[at] != '\0')
            return false;
    }
    return true;
}

static bool checksum_is_right(const guint8 *block) {
    guint64 said;
    if (!number(block + 148, 8, &said))
        return false;
    guint sum = 8 * ' ';
    gint signed_sum = 8 * ' ';
    for (guint i = 0; i < TAR_BLOCK; i++) {
        if (i < 148 || i >= 156) {
            sum += block[i];
            signed_sum += (gint8)block[i];
        }
    }
    return said == sum || (gint64)said == signed_sum;
}

static bool is_zero(const guint8 *block) {
    return block[0] == 0 && memcmp(block, block + 1, TAR_BLOCK - 1) == 0;
}

static char *field_text(const guint8 *field, gsize length) {
    return g_strndup((const char *)field, length);
}

/* name, and ustar's prefix before it. GNU's header has other things in the prefix's place. */
static char *block_path(const guint8 *block) {
    g_autofree char *name = field_text(block, 100);
    if (memcmp(block + 257, "ustar\0", 6) != 0 || block[345] == '\0')
        return g_steal_pointer(&name);
    g_autofree char *prefix = field_text(block + 345, 155);
    return g_strconcat(prefix, "/", name, NULL);
}

static bool skip_padding(PackageStream *stream, guint64 size) {
    guint8 rest[TAR_BLOCK];
    gsize padding = (gsize)(size % TAR_BLOCK);
    return padding == 0 || package_stream_exact(stream, rest, TAR_BLOCK - padding);
}

/* The body of a header that speaks of the next one. */
static GByteArray *read_extra(PackageStream *stream, guint64 size, TarHeader *header) {
    if (size > MAX_EXTRA) {
        broken(header, "has an extended header of %" G_GUINT64_FORMAT " bytes", size);
        return NULL;
    }
    g_autoptr(GByteArray) text = g_byte_array_new();
    g_byte_array_set_size(text, (guint)size);
    if (!package_stream_exact(stream, text->data, (gsize)size) || !skip_padding(stream, size)) {
        broken(header, "is cut off in its extended header");
        return NULL;
    }
    return g_steal_pointer(&text);
}

/* GNU's long name: text, ended by one NUL. */
static bool take_long(const GByteArray *text, char **to, TarHeader *header) {
    gsize length = text->len > 0 && text->data[text->len - 1] == '\0' ? text->len - 1 : text->len;
    if (*to != NULL || memchr(text->data, '\0', length) != NULL) {
        broken(header, *to != NULL ? "has two long names" : "has a NUL byte in its name");
        return false;
    }
    *to = g_strndup((const char *)text->data, length);
    return true;
}

static bool take_extra(PackageStream *stream, const guint8 *block, TarPax *pax, TarHeader *header) {
    guint64 size;
    if (!number(block + 124, 12, &size)) {
        broken(header, "has a size that is no number, or negative");
        return false;
    }
    g_autoptr(GByteArray) text = read_extra(stream, size, header);
    if (text == NULL)
        return false;
    if (block[156] == 'L')
        return take_long(text, &pax->path, header);
    if (block[156] == 'K')
        return take_long(text, &pax->link, header);
    g_autofree char *fault = package_tar_pax(text->data, text->len, block[156] == 'g', pax);
    if (fault == NULL)
        return true;
    broken(header, "%s", fault);
    return false;
}

static TarStatus take_member(const guint8 *block, const TarPax *pax, TarHeader *header) {
    guint64 mode = 0, size, mtime = 0;
    header->path = pax->path != NULL ? g_strdup(pax->path) : block_path(block);
    header->link = pax->link != NULL ? g_strdup(pax->link) : block[157] != '\0' ? field_text(block + 157, 100) : NULL;
    header->type = block[156] == '\0' || block[156] == '7' ? '0' : (char)block[156];
    if (!number(block + 124, 12, &size))
        return broken(header, "has a size that is no number, or negative");
    if (pax->has_size && pax->size != size)
        return broken(header, "has the size %" G_GUINT64_FORMAT " in one header and %" G_GUINT64_FORMAT " in the other", size, pax->size);
    if (pax->sparse || header->type == 'S')
        return broken(header, "is sparse: readers disagree about what it holds");
    header->size = size;
    /* A time before 1970 is in order, and a time that is no number is nobody's trouble. */
    if (number(block + 136, 12, &mtime))
        header->mtime = (gint64)mtime;
    if (!number(block + 100, 8, &mode) || !number(block + 108, 8, &header->uid) || !number(block + 116, 8, &header->gid))
        return broken(header, "has a mode or an owner that is no number");
    header->mode = (guint32)(mode & 07777);
    header->owner_named = block[265] != '\0' || block[297] != '\0' || pax->owner_named;
    if (pax->has_mtime)
        header->mtime = pax->mtime;
    return TAR_MEMBER;
}

/* One block of zeros was read; a second one must follow. */
static TarStatus at_end(PackageStream *stream, TarHeader *header) {
    guint8 block[TAR_BLOCK];
    if (!package_stream_exact(stream, block, TAR_BLOCK))
        return broken(header, "is cut off: the end of the archive is missing");
    return is_zero(block) ? TAR_END : broken(header, "is followed by a block of zeros that does not end the archive");
}

TarStatus package_tar_next(PackageStream *stream, TarHeader *header) {
    guint8 block[TAR_BLOCK];
    g_auto(TarPax) pax = {0};
    for (guint extras = 0; extras <= MAX_EXTRAS; extras++) {
        if (!package_stream_exact(stream, block, TAR_BLOCK))
            return broken(header, "is cut off: the end of the archive is missing");
        if (is_zero(block))
            return extras == 0 ? at_end(stream, header) : broken(header, "is followed by an extended header of nothing");
        if (!checksum_is_right(block))
            return broken(header, "is followed by what is no header of a tar archive");
        if (strchr("xgLK", block[156]) == NULL || block[156] == '\0')
            return take_member(block, &pax, header);
        if (!take_extra(stream, block, &pax, header))
            return TAR_BROKEN;
    }
    return broken(header, "is followed by more than %d extended headers", MAX_EXTRAS);
}
