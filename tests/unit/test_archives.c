#include "archive_bytes.h"
#include "base/fs.h"
#include "package/package.h"

#include <glib/gstdio.h>
#include <locale.h>
#include <unistd.h>

#define MAX_PARTS 6

static char *folder;

static Package *read_bytes(const char *name, const GByteArray *bytes) {
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autoptr(GError) error = NULL;
    g_assert_true(g_file_set_contents(path, (const char *)bytes->data, (gssize)bytes->len, NULL));
    Package *package = package_read(path, &error);
    g_assert_no_error(error);
    g_unlink(path);
    return package;
}

static char *joined(const GPtrArray *lines) {
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < lines->len; i++)
        g_string_append_printf(out, "%s\n", (char *)lines->pdata[i]);
    return g_string_free(out, FALSE);
}

/* says NULL: nothing is wrong. */
static void assert_says(const char *title, const Package *package, const char *says) {
    g_autofree char *problems = joined(package->problems);
    g_test_message("%s: %s", title, problems);
    if (says == NULL ? *problems != '\0' : strstr(problems, says) == NULL)
        g_test_fail_printf("%s: \"%s\" is wanted, said is:\n%s", title, says != NULL ? says : "nothing", problems);
}

/* ---- zip ---- */

typedef struct {
    const char *title;
    BytesZip parts[MAX_PARTS];
    BytesZipEnd end;
    const char *says;
} ZipCase;

#define A                                                                                                                                                      \
    { .name = "top/a", .data = "aaaa" }
#define B                                                                                                                                                      \
    { .name = "top/b", .data = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", .deflate = true }

/* U+202E in its middle; not as a literal, which would turn this text, too. */
static const char turned[] = {'t', 'o', 'p', '/', 'a', (char)0xe2, (char)0x80, (char)0xae, 'g', 'p', 'j', '.', 'e', 'x', 'e', '\0'};

static const ZipCase zip_cases[] = {
    {"good", {A, B, {.name = "top/c/"}, {.name = "top/caf\xc3\xa9", .flags = 0x0800}, {.name = "top/empty", .data = "", .deflate = true}}, {0}, NULL},
    {"descriptor", {A, {.name = "top/d", .data = "dddd", .deflate = true, .descriptor = true}, B}, {0}, NULL},
    {"mode", {{.name = "top/a", .data = "x", .attributes = 0100755u << 16}}, {0}, NULL},
    {"nothing", {{.name = NULL}}, {0}, "there is nothing in it"},
    {"prepended", {A}, {.before = "#!/bin/sh\n"}, "\"top/a\" has data before it"},
    {"prepended, offsets as they were", {A}, {.before = "#!/bin/sh\n", .start_more = -10}, "data was put before the archive"},
    {"trailing", {A}, {.after = "more"}, "data follows the end of the archive"},
    {"comment", {A}, {.comment = "hidden"}, "has an archive comment"},
    {"comment that holds an end record", {A}, {.comment = "PK\5\6................"}, "has an archive comment"},
    {"one entry fewer", {A, B}, {.entries_more = -1}, "its directory has more in it"},
    {"one entry more", {A, B}, {.entries_more = 1}, "its directory is broken"},
    {"directory too small", {A, B}, {.size_more = -1}, "lies about where the directory is"},
    {"directory elsewhere", {A, B}, {.start_more = 1}, "lies about where the directory is"},
    {"zip64 says otherwise", {A}, {.zip64_lies = true}, "contradict each other"},
    {"zip64 records missing", {A}, {.locator_only = true}, "zip64 records that are not there"},
    {"a million members", {A}, {.zip64_entries = 1000000}, "has 1000000 members"},
    {"twice", {A, A}, {0}, "\"top/a\" is there twice"},
    {"case", {A, {.name = "top/A", .data = "x"}}, {0}, "are one where case does not count"},
    {"case, not ASCII", {{.name = "top/\xc3\xa9", .flags = 0x0800}, {.name = "top/\xc3\x89", .flags = 0x0800}}, {0}, "are one where case does not count"},
    {"decomposed", {{.name = "top/\xc3\xa9", .flags = 0x0800}, {.name = "top/e\xcc\x81", .flags = 0x0800}}, {0}, "are one where case does not count"},
    {"other local name", {A, {.name = "top/b", .data = "b", .local_name = "top/evil"}}, {0}, "\"top/b\" has another name in its own header"},
    {"other local size", {A, {.name = "top/b", .data = "b", .local_size_more = 1}}, {0}, "\"top/b\" has another size in its own header"},
    {"other local packed size", {{.name = "top/b", .data = "b", .local_packed_more = 1}}, {0}, "\"top/b\" has another size in its own header"},
    {"other local checksum", {{.name = "top/b", .data = "b", .local_crc_more = 1}}, {0}, "\"top/b\" has another checksum in its own header"},
    {"other local method", {{.name = "top/b", .data = "b", .local_method = 8}}, {0}, "\"top/b\" has another method in its own header"},
    {"other local flags", {{.name = "top/b", .data = "b", .local_flags = 0x0800}}, {0}, "\"top/b\" has other flags in its own header"},
    {"no descriptor where one is said to be", {{.name = "top/b", .data = "b", .flags = 8}}, {0}, "has other sizes behind its data"},
    {"descriptor lies", {{.name = "top/b", .data = "b", .descriptor = true, .descriptor_lies = true}, A}, {0}, "\"top/b\" has other sizes behind its data"},
    {"checksum", {{.name = "top/b", .data = "b", .crc_more = 1, .local_crc_more = 1}}, {0}, "\"top/b\" has another checksum than"},
    {"bzip2", {{.name = "top/b", .data = "b", .method = 12}}, {0}, "\"top/b\" is packed by another method"},
    {"lzma", {{.name = "top/b", .data = "b", .method = 14}}, {0}, "\"top/b\" is packed by another method"},
    {"encrypted", {{.name = "top/b", .data = "b", .flags = 1}}, {0}, "\"top/b\" is encrypted"},
    {"strongly encrypted", {{.name = "top/b", .data = "b", .flags = 0x2000}}, {0}, "\"top/b\" is encrypted"},
    {"patch data", {{.name = "top/b", .data = "b", .flags = 0x20}}, {0}, "\"top/b\" has flags"},
    {"stored with two sizes", {{.name = "top/b", .data = "b", .size_more = 1, .local_size_more = 1}}, {0}, "\"top/b\" is stored and yet has two sizes"},
    {"unpacks to more", {A, {.name = "top/b", .zeros = 5000, .deflate = true, .size_more = -1u, .local_size_more = -1u}}, {0}, "\"top/b\" unpacks to more"},
    {"unpacks to fewer", {A, {.name = "top/b", .zeros = 5000, .deflate = true, .size_more = 1, .local_size_more = 1}}, {0}, "\"top/b\" unpacks to fewer"},
    {"unpacks to far more",
     {{.name = "top/b", .zeros = 70u << 20, .deflate = true, .size_more = 10u - (70u << 20), .local_size_more = 10u - (70u << 20)}},
     {0},
     "\"top/b\" unpacks to more"},
    {"broken data", {{.name = "top/b", .data = "\xff\xff\xff\xff\xff", .method = 8}}, {0}, "\"top/b\" cannot be unpacked"},
    {"says nearly 4 GiB",
     {A, {.name = "top/huge", .data = "b", .method = 8, .size_more = 0xfffffff0u, .local_size_more = 0xfffffff0u}},
     {0},
     "\"top/huge\": with it, the archive unpacks to more than 50 times its size"},
    {"4 GiB without zip64", {{.name = "top/huge", .data = "", .size_more = -1u, .packed_more = -1u}}, {0}, "\"top/huge\" has broken extra fields"},
    {"5 GiB in zip64",
     {{.name = "top/huge",
       .data = "",
       .method = 8,
       .size_more = -1u,
       .local_size_more = -1u,
       .extra_id = 1,
       .extra_bytes = {0, 0, 0, 0x40, 1},
       .extra_length = 8}},
     {0},
     "\"top/huge\" has 5368709120 bytes; members of 4 GiB and more are not read"},
    {"second name", {{.name = "top/b", .data = "b", .extra_id = 0x7075, .extra_bytes = {1}, .extra_length = 9}}, {0}, "\"top/b\" has broken extra fields"},
    {"overlap", {A, {.name = "top/b", .data = "b", .offset_more = -10u}}, {0}, "\"top/b\" overlaps the member before it"},
    {"one member under two names", {A, {.name = "top/b", .data = "aaaa", .offset_more = -39u}}, {0}, "overlaps"},
    {"gap", {{.name = "top/a", .data = "a", .padding = 7}, B}, {0}, "\"top/b\" has data before it that belongs to no member"},
    {"gap before the directory", {A, {.name = "top/b", .data = "b", .padding = 7}}, {0}, "data stands behind \"top/b\""},
    {"runs into the directory",
     {{.name = "top/b", .data = "b", .packed_more = 90, .size_more = 90, .local_size_more = 90, .local_packed_more = 90}},
     {0},
     "overlaps the directory"},
    {"comment of a member", {{.name = "top/b", .data = "b", .comment = "x"}}, {0}, "\"top/b\" has a comment"},
    {"up", {{.name = "top/../../evil", .data = "x"}}, {0}, "\"top/../../evil\" is not a plain path below the archive's top: it leads out"},
    {"absolute", {{.name = "/etc/passwd", .data = "x"}}, {0}, "it is absolute"},
    {"dot", {{.name = "top/./a", .data = "x"}}, {0}, "it has a part \".\""},
    {"two slashes", {{.name = "top//a", .data = "x"}}, {0}, "it has an empty part"},
    {"backslash", {{.name = "top\\..\\evil", .data = "x"}}, {0}, "it holds a backslash"},
    {"direction", {{.name = turned, .data = "x", .flags = 0x0800}}, {0}, "it holds a control character"},
    {"drive", {{.name = "C:evil", .data = "x"}}, {0}, "it begins with a drive letter"},
    {"NUL", {{.name = "top/a\0.txt", .name_length = 10, .data = "x"}}, {0}, "has a NUL byte in its name"},
    {"escape sequence", {{.name = "top/\x1b[2J", .data = "x"}}, {0}, "it holds a control character"},
    {"not UTF-8", {{.name = "top/\xff", .flags = 0x0800}}, {0}, "it is not UTF-8"},
    {"UTF-8 not marked", {{.name = "top/caf\xc3\xa9"}}, {0}, "not marked as UTF-8"},
    {"no name", {{.name = "", .data = "x"}}, {0}, "it is empty"},
    {"symbolic link",
     {{.name = "top/l", .data = "/etc/passwd", .attributes = 0120777u << 16}},
     {0},
     "\"top/l\" is neither a file nor a folder: it is a symbolic link"},
    {"device", {{.name = "top/l", .data = "", .attributes = 0020666u << 16}}, {0}, "\"top/l\" is neither a file nor a folder"},
    {"folder with data", {{.name = "top/d/", .data = "x"}}, {0}, "\"top/d/\" is a folder and yet has data"},
    {"file below a file", {A, {.name = "top/a/b", .data = "x"}}, {0}, "\"top/a/b\" stands below \"top/a\", which is no folder"},
    {"bomb", {A, {.name = "top/bomb", .zeros = 200u << 20, .deflate = true}}, {0}, "\"top/bomb\": with it, the archive unpacks to more than 50 times its size"},
};

static void test_zip(gconstpointer data) {
    const ZipCase *row = data;
    g_autoptr(GByteArray) bytes = bytes_zip(row->parts, MAX_PARTS, &row->end);
    g_autoptr(Package) package = read_bytes("x.zip", bytes);
    assert_says(row->title, package, row->says);
    g_assert_cmpstr(package->kind, ==, "archive");
}

/* However it is cut, it is said; and cutting never reads too far (the sanitizers look). */
static void test_zip_cut(void) {
    const BytesZip parts[] = {A, B, {.name = "top/d", .data = "dddd", .deflate = true, .descriptor = true}};
    g_autoptr(GByteArray) bytes = bytes_zip(parts, G_N_ELEMENTS(parts), &(BytesZipEnd){0});
    for (guint length = bytes->len; length-- > 0;) {
        g_byte_array_set_size(bytes, length);
        g_autoptr(Package) package = read_bytes("x.zip", bytes);
        g_assert_cmpuint(package->problems->len, >, 0);
    }
}

/* Larger than what is held in memory, so that it goes through in pieces. */
static void test_zip_large(void) {
    const BytesZip parts[] = {
        {.name = "top/a", .zeros = 20u << 20}, {.name = "top/b", .zeros = 9u << 20, .deflate = true}, {.name = "top/c", .data = "c", .descriptor = true}};
    g_autoptr(GByteArray) bytes = bytes_zip(parts, G_N_ELEMENTS(parts), &(BytesZipEnd){0});
    g_autoptr(Package) package = read_bytes("x.zip", bytes);
    assert_says("large", package, NULL);
    const BytesZip lies[] = {parts[0], {.name = "top/b", .zeros = 9u << 20, .deflate = true, .size_more = -1u, .local_size_more = -1u}};
    g_autoptr(GByteArray) more = bytes_zip(lies, G_N_ELEMENTS(lies), &(BytesZipEnd){0});
    g_autoptr(Package) lying = read_bytes("x.zip", more);
    assert_says("large and lying", lying, "\"top/b\" unpacks to more");
}

/* ---- tar ---- */

typedef struct {
    const char *title;
    BytesTar parts[MAX_PARTS];
    const char *says;
} TarCase;

#define FILE_A                                                                                                                                                 \
    { .name = "top/a", .data = "aaaa" }
#define PAX(text)                                                                                                                                              \
    { .name = "pax", .type = 'x', .data = text }

static const TarCase tar_cases[] = {
    {"good", {{.name = "top/", .type = '5', .mode = 0755}, FILE_A, {.name = "top/b", .data = ""}, {.name = "top/old/", .type = '0'}}, NULL},
    {"GNU", {{.name = "top/a", .data = "x", .gnu = true}}, NULL},
    {"pax path", {PAX("14 path=top/b\n"), {.name = "other", .data = "b"}}, NULL},
    {"pax comment for all", {{.name = "pax_global_header", .type = 'g', .data = "18 comment=abcdef\n"}, FILE_A}, NULL},
    {"long name", {{.name = "././@LongLink", .type = 'L', .data = "top/long", .gnu = true}, {.name = "x", .data = "x", .gnu = true}}, NULL},
    {"links that stay",
     {FILE_A, {.name = "top/l", .type = '2', .link = "a"}, {.name = "top/s/l", .type = '2', .link = "../a"}, {.name = "top/h", .type = '1', .link = "top/a"}},
     NULL},
    {"dots before names", {{.name = "./", .type = '5'}, {.name = "./top/a", .data = "x"}, {.name = "./top/h", .type = '1', .link = "./top/a"}}, NULL},
    {"dots before a second one", {FILE_A, {.name = "./top/a", .data = "x"}}, "\"top/a\" is there twice"},
    {"dots alone", {{.name = "././/a", .data = "x"}}, "is not a plain path"},
    {"symbolic link up", {FILE_A, {.name = "top/l", .type = '2', .link = "../../etc"}}, "\"top/l\" is a symbolic link to \"../../etc\", which leads out"},
    {"absolute symbolic link", {{.name = "top/l", .type = '2', .link = "/etc/passwd"}}, "\"top/l\" is a symbolic link to \"/etc/passwd\", which leads out"},
    {"link through a link",
     {{.name = "top/a", .type = '2', .link = "."}, {.name = "top/b", .type = '2', .link = "a/../.."}},
     "\"top/b\" is a link through the link \"top/a\""},
    {"file through a link",
     {{.name = "top/l", .type = '2', .link = "b"}, {.name = "top/l/evil", .data = "x"}},
     "\"top/l/evil\" stands below \"top/l\", which is no folder"},
    {"hard link to nothing",
     {{.name = "top/h", .type = '1', .link = "top/none"}},
     "\"top/h\" is a hard link to \"top/none\", which is no file that stands before it"},
    {"hard link out", {FILE_A, {.name = "top/h", .type = '1', .link = "/etc/passwd"}}, "\"top/h\" is a hard link"},
    {"hard link with data", {FILE_A, {.name = "top/h", .type = '1', .link = "top/a", .data = "x"}}, "\"top/h\" is no file and yet has 1 bytes"},
    {"folder with data", {{.name = "top/d/", .type = '5', .data = "x"}}, "\"top/d/\" is no file and yet has 1 bytes"},
    {"character device", {{.name = "top/null", .type = '3'}}, "\"top/null\" is neither a file nor a folder: it is a character device"},
    {"block device", {{.name = "top/sda", .type = '4'}}, "\"top/sda\" is neither a file nor a folder: it is a block device"},
    {"fifo", {{.name = "top/pipe", .type = '6'}}, "\"top/pipe\" is neither a file nor a folder: it is a named pipe"},
    {"GNU sparse", {{.name = "top/hole", .type = 'S', .data = "x", .gnu = true}}, "\"top/hole\" is sparse"},
    {"pax sparse", {PAX("22 GNU.sparse.major=1\n"), FILE_A}, "\"top/a\" is sparse"},
    {"volume", {{.name = "backup", .type = 'V', .gnu = true}}, "\"backup\" is neither a file nor a folder"},
    {"unknown type", {{.name = "top/z", .type = 'Z'}}, "\"top/z\" is neither a file nor a folder"},
    {"twice", {FILE_A, FILE_A}, "\"top/a\" is there twice"},
    {"case", {FILE_A, {.name = "top/A", .data = "x"}}, "are one where case does not count"},
    {"up", {{.name = "top/../../evil", .data = "x"}}, "\"top/../../evil\" is not a plain path"},
    {"absolute", {{.name = "/etc/passwd", .data = "x"}}, "it is absolute"},
    {"up in pax", {PAX("16 path=../evil\n"), FILE_A}, "\"../evil\" is not a plain path"},
    {"NUL in pax", {{.name = "pax", .type = 'x', .data = "16 path=top/b\0x\n", .data_length = 16}, FILE_A}, "holds a NUL byte"},
    {"NUL in a long name", {{.name = "L", .type = 'L', .data = "top\0/b", .data_length = 6, .gnu = true}, FILE_A}, "has a NUL byte in its name"},
    {"two long names",
     {{.name = "L", .type = 'L', .data = "x", .gnu = true}, {.name = "L", .type = 'L', .data = "y", .gnu = true}, FILE_A},
     "has two long names"},
    {"two names", {PAX("14 path=top/b\n14 path=top/c\n"), FILE_A}, "with two names"},
    {"broken pax", {FILE_A, PAX("99 path=top/b\n"), FILE_A}, "\"top/a\" is followed by a broken pax header"},
    {"pax without a length", {FILE_A, PAX("path=top/b\n"), FILE_A}, "\"top/a\" is followed by a broken pax header"},
    {"two sizes", {PAX("12 size=512\n"), FILE_A, FILE_A}, "\"top/a\" has the size 4 in one header and 512 in the other"},
    {"negative pax size", {PAX("11 size=-1\n"), FILE_A}, "whose size is no number, negative"},
    {"global path", {FILE_A, {.name = "g", .type = 'g', .data = "14 path=top/b\n"}, FILE_A}, "\"top/a\" is followed by a global pax header that sets \"path\""},
    {"headers upon headers",
     {FILE_A, PAX("6 a=b\n"), PAX("6 a=b\n"), PAX("6 a=b\n"), PAX("6 a=b\n"), PAX("6 a=b\n")},
     "\"top/a\" is followed by an extended header of nothing"},
    {"huge pax", {{.name = "pax", .type = 'x', .data = "", .size = "00100000000"}}, "has an extended header of"},
    {"negative size",
     {{.name = "top/a", .data = "", .size = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"}},
     "\"top/a\" has a size that is no number, or negative"},
    {"size in words", {{.name = "top/a", .data = "", .size = "four bytes  "}}, "\"top/a\" has a size that is no number"},
    {"8 GiB",
     {FILE_A, {.name = "top/huge", .data = "", .size = "\x80\0\0\0\0\0\0\2\0\0\0\0"}},
     "\"top/huge\" has 8589934592 bytes; members of 4 GiB and more are not read"},
    {"larger than the archive", {FILE_A, {.name = "top/b", .data = "b", .claims = 5000}}, "\"top/b\" cannot be read: the archive is cut off within it"},
    {"checksum", {FILE_A, {.name = "top/b", .data = "b", .bad_checksum = true}}, "\"top/a\" is followed by what is no header"},
    {"no name", {{.name = "", .data = "x"}}, "it is empty"},
};

static GByteArray *as_is(const GByteArray *tar) {
    return g_byte_array_ref((GByteArray *)tar);
}

static const struct {
    const char *name;
    GByteArray *(*pack)(const GByteArray *tar);
} packers[] = {{"x.tar.gz", bytes_gzip}, {"x.tar.zst", bytes_zstd}, {"x.tar.xz", bytes_xz}, {"x.tar", as_is}};

static void test_tar(gconstpointer data) {
    const TarCase *row = data;
    g_autoptr(GByteArray) tar = bytes_tar(row->parts, MAX_PARTS);
    for (guint i = 0; i < G_N_ELEMENTS(packers); i++) {
        g_autoptr(GByteArray) packed = packers[i].pack(tar);
        g_autoptr(Package) package = read_bytes(packers[i].name, packed);
        assert_says(row->title, package, row->says);
    }
}

static GByteArray *good_tar(void) {
    const BytesTar parts[] = {FILE_A, {.name = "top/b", .data = "bbbb"}};
    return bytes_tar(parts, G_N_ELEMENTS(parts));
}

/* What is wrong with the stream, not with the tar in it. */
static void test_streams(void) {
    g_autoptr(GByteArray) tar = good_tar();
    for (guint i = 0; i < 3; i++) {
        g_autoptr(GByteArray) once = packers[i].pack(tar);
        g_autoptr(GByteArray) twice = packers[i].pack(tar);
        bytes_put(twice, once->data, once->len);
        g_autoptr(Package) doubled = read_bytes(packers[i].name, twice);
        assert_says("twice", doubled, "after \"top/b\": a second compressed stream follows the first");
        g_autoptr(GByteArray) longer = packers[i].pack(tar);
        bytes_put(longer, "garbage", 7);
        g_autoptr(Package) trailing = read_bytes(packers[i].name, longer);
        assert_says("trailing", trailing, "after \"top/b\": data follows the end of the compressed data");
        once->data[once->len / 2] ^= 0x55;
        once->data[once->len / 2 + 1] ^= 0x55;
        g_autoptr(Package) broken = read_bytes(packers[i].name, once);
        g_assert_cmpuint(broken->problems->len, >, 0);
    }
    bytes_put(tar, "garbage", 7);
    g_autoptr(GByteArray) behind = bytes_gzip(tar);
    g_autoptr(Package) package = read_bytes("x.tar.gz", behind);
    assert_says("behind the end", package, "data stands behind the end of the archive, after \"top/b\"");
}

static void test_tar_cut(void) {
    g_autoptr(GByteArray) tar = good_tar();
    for (guint length = 0; length < tar->len; length += 64) {
        g_autoptr(GByteArray) cut = g_byte_array_new();
        bytes_put(cut, tar->data, length);
        g_autoptr(Package) package = read_bytes("x.tar", cut);
        g_assert_cmpuint(package->problems->len, >, 0);
    }
    g_autoptr(GByteArray) packed = bytes_gzip(tar);
    for (guint length = packed->len; length-- > 0;) {
        g_byte_array_set_size(packed, length);
        g_autoptr(Package) package = read_bytes("x.tar.gz", packed);
        g_assert_cmpuint(package->problems->len, >, 0);
    }
}

static void test_padding(void) {
    g_autoptr(GByteArray) tar = good_tar();
    bytes_tar_zeros(tar, 8192);
    g_autoptr(GByteArray) packed = bytes_gzip(tar);
    g_autoptr(Package) package = read_bytes("x.tar.gz", packed);
    assert_says("padding", package, NULL);
}

/* ---- bombs; that memory stays small is looked at by tests/system/test_verify_archives.py ---- */

static void read_bomb(const char *name, const GByteArray *bytes, const char *says) {
    g_autoptr(Package) package = read_bytes(name, bytes);
    assert_says(name, package, says);
}

static void test_bombs(void) {
    const BytesTar parts[] = {FILE_A, {.name = "top/bomb", .data = "", .claims = 300u << 20}};
    g_autoptr(GByteArray) tar = bytes_tar(parts, G_N_ELEMENTS(parts));
    bytes_tar_zeros(tar, 300u << 20);
    for (guint i = 0; i < 3; i++) {
        g_autoptr(GByteArray) packed = packers[i].pack(tar);
        read_bomb(packers[i].name, packed, "\"top/bomb\": with it, the archive unpacks to more than 50 times its size");
    }
}

/* Zeros without end behind the archive's end, and headers without end. */
static void test_bombs_of_nothing(void) {
    g_autoptr(GByteArray) tar = good_tar();
    bytes_tar_zeros(tar, 200u << 20);
    g_autoptr(GByteArray) packed = bytes_gzip(tar);
    read_bomb("x.tar.gz", packed, "\"top/b\": with it, the archive unpacks to more than 50 times its size");
    g_autoptr(GByteArray) many = g_byte_array_new();
    for (guint i = 0; i < 130000; i++) {
        g_autofree char *name = g_strdup_printf("top/%u", i);
        bytes_tar_header(many, &(BytesTar){.name = name}, 0);
    }
    g_autoptr(GByteArray) members = bytes_gzip(many);
    read_bomb("x.tar.gz", members, "it has more than 100000 members");
}

/* A window of 512 MiB and more is not followed. */
static void test_windows(void) {
    static const guint8 zstd[] = {0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa0, 0x01, 0, 0};
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    bytes_put(bytes, zstd, sizeof zstd);
    read_bomb("x.tar.zst", bytes, "the zstd data is broken");
}

int main(int argc, char **argv) {
    setlocale(LC_ALL, "C.UTF-8");
    g_test_init(&argc, &argv, NULL);
    folder = fs_make_temp_dir("slipway-archives", NULL);
    for (guint i = 0; i < G_N_ELEMENTS(zip_cases); i++) {
        g_autofree char *path = g_strconcat("/archives/zip/", zip_cases[i].title, NULL);
        g_test_add_data_func(path, &zip_cases[i], test_zip);
    }
    for (guint i = 0; i < G_N_ELEMENTS(tar_cases); i++) {
        g_autofree char *path = g_strconcat("/archives/tar/", tar_cases[i].title, NULL);
        g_test_add_data_func(path, &tar_cases[i], test_tar);
    }
    g_test_add_func("/archives/zip-cut", test_zip_cut);
    g_test_add_func("/archives/zip-large", test_zip_large);
    g_test_add_func("/archives/streams", test_streams);
    g_test_add_func("/archives/tar-cut", test_tar_cut);
    g_test_add_func("/archives/padding", test_padding);
    g_test_add_func("/archives/bombs", test_bombs);
    g_test_add_func("/archives/bombs-of-nothing", test_bombs_of_nothing);
    g_test_add_func("/archives/windows", test_windows);
    int status = g_test_run();
    fs_remove_tree(folder, NULL);
    g_free(folder);
    return status;
}
