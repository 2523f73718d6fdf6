/*
 * target: a process whose memory another one makes resident, and which can prove that none of it changed.
 *
 *   target KIND SIZE_MIB [FILE]
 *
 * KIND: anon          private memory
 *       anon-huge     private memory marked for huge pages, like QEMU's
 *       memfd         a memory file mapped where no huge page can be, like QEMU's
 *       memfd-aligned a memory file mapped where huge pages can be
 *       tmpfs         FILE, shared and aligned
 *       private-file  FILE, private
 *       hugetlb       a memory file of the pool of huge pages
 *
 * It says "READY ADDRESS BYTES", then answers requests, one line each:
 *
 *   fill OFF LEN       write every word of these MiB           ok faults=N ns=N
 *   check              compare every word ever written         bad N
 *   checkall           the same, and all else must be zero     bad N
 *   discard OFF LEN    give these MiB back page by page        ok
 *   unmap OFF LEN      unmap these MiB                         ok
 *   load               a thread rewrites and checks pages      ok
 *   rest               ends that thread                        bad N rounds N
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { PAGE = 4096, WORDS = PAGE / 8 };
static const size_t MIB = 1 << 20, HUGE = 2 << 20;

static char *memory;
static size_t size;
static int file = -1;
static uint64_t *seed; /* of each page; 0: never written, or given back */
static uint64_t next_seed = 1;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_t loader;
static volatile int loading;
static uint64_t load_bad, load_rounds;

static uint64_t word(uint64_t s, uint64_t i)
{
    uint64_t x = (s + i) * 0x9E3779B97F4A7C15u;
    return x ^ (x >> 29);
}

static void fail(const char *what)
{
    fprintf(stderr, "target: %s: %s\n", what, strerror(errno));
    exit(2);
}

static void write_page(size_t page)
{
    uint64_t *w = (uint64_t *)(memory + page * PAGE);
    uint64_t s = next_seed += 0xD1B54A32D192ED03u | 1;
    for (int i = 0; i < WORDS; i++) {
        w[i] = word(s, i);
    }
    seed[page] = s;
}

static uint64_t bad_words(size_t page)
{
    const uint64_t *w = (const uint64_t *)(memory + page * PAGE);
    uint64_t bad = 0;
    for (int i = 0; i < WORDS; i++) {
        bad += w[i] != (seed[page] ? word(seed[page], i) : 0);
    }
    return bad;
}

static void *load(void *unused)
{
    uint64_t random = 88172645463325252u;
    (void)unused;
    while (loading) {
        random ^= random << 13, random ^= random >> 7, random ^= random << 17;
        size_t page = random % (size / PAGE);
        pthread_mutex_lock(&lock);
        if (seed[page]) {
            load_bad += bad_words(page);
            write_page(page);
            load_rounds++;
        }
        pthread_mutex_unlock(&lock);
    }
    return NULL;
}

/* Mapped over a larger reservation, so that the address is ours to choose. */
static char *map_at(size_t shift, int protection, int flags)
{
    char *room = mmap(NULL, size + 2 * HUGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (room == MAP_FAILED) {
        fail("mmap");
    }
    char *at = (char *)(((uintptr_t)room + HUGE - 1) / HUGE * HUGE) + shift;
    char *got = mmap(at, size, protection, flags | MAP_FIXED, file, 0);
    if (got == MAP_FAILED) {
        fail("mmap");
    }
    return got;
}

static void make(const char *kind, const char *path)
{
    int shared = strcmp(kind, "anon") && strcmp(kind, "anon-huge") && strcmp(kind, "private-file");
    if (path) {
        file = open(path, O_RDWR | O_CREAT, 0600);
    } else if (!strcmp(kind, "hugetlb")) {
        file = memfd_create("memory-backend-memfd", MFD_HUGETLB);
    } else if (shared) {
        file = memfd_create("memory-backend-memfd", 0);
    }
    if ((path || shared) && (file < 0 || ftruncate(file, size))) {
        fail("memory file");
    }
    int flags = shared ? MAP_SHARED : MAP_PRIVATE | (path ? 0 : MAP_ANONYMOUS);
    memory = map_at(!strcmp(kind, "memfd") ? HUGE - PAGE : 0, PROT_READ | PROT_WRITE, flags);
    if (!strcmp(kind, "anon-huge") && madvise(memory, size, MADV_HUGEPAGE)) {
        fail("madvise");
    }
}

static long faults(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_minflt;
}

static long now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000L + t.tv_nsec;
}

static void discard(size_t first, size_t last)
{
    for (size_t page = first; page < last; page++) {
        int result = file >= 0 ? fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, page * PAGE, PAGE)
                               : madvise(memory + page * PAGE, PAGE, MADV_DONTNEED);
        if (result) {
            fail("discard");
        }
        seed[page] = 0;
    }
}

static void answer(const char *request)
{
    size_t offset = 0, length = 0;
    uint64_t bad = 0;
    char verb[32] = "";
    sscanf(request, "%31s %zu %zu", verb, &offset, &length);
    size_t first = offset * MIB / PAGE, last = (offset + length) * MIB / PAGE;
    if (last > size / PAGE) {
        printf("error: outside\n");
        return;
    }
    if (!strcmp(verb, "fill")) {
        long faults_before = faults(), start_ns = now_ns();
        pthread_mutex_lock(&lock);
        for (size_t page = first; page < last; page++) {
            write_page(page);
        }
        pthread_mutex_unlock(&lock);
        printf("ok faults=%ld ns=%ld\n", faults() - faults_before, now_ns() - start_ns);
    } else if (!strcmp(verb, "check") || !strcmp(verb, "checkall")) {
        pthread_mutex_lock(&lock);
        for (size_t page = 0; page < size / PAGE; page++) {
            bad += seed[page] || verb[5] ? bad_words(page) : 0;
        }
        pthread_mutex_unlock(&lock);
        printf("bad %llu\n", (unsigned long long)bad);
    } else if (!strcmp(verb, "discard")) {
        pthread_mutex_lock(&lock);
        discard(first, last);
        pthread_mutex_unlock(&lock);
        printf("ok\n");
    } else if (!strcmp(verb, "unmap")) {
        pthread_mutex_lock(&lock);
        for (size_t page = first; page < last; page++) {
            seed[page] = 0;
        }
        munmap(memory + first * PAGE, (last - first) * PAGE);
        pthread_mutex_unlock(&lock);
        printf("ok\n");
    } else if (!strcmp(verb, "load")) {
        loading = 1;
        load_bad = load_rounds = 0;
        pthread_create(&loader, NULL, load, NULL);
        printf("ok\n");
    } else if (!strcmp(verb, "rest")) {
        loading = 0;
        pthread_join(loader, NULL);
        printf("bad %llu rounds %llu\n", (unsigned long long)load_bad, (unsigned long long)load_rounds);
    } else {
        printf("error: unknown\n");
    }
}

int main(int argc, char **argv)
{
    char line[256];
    if (argc < 3) {
        fprintf(stderr, "usage: target KIND SIZE_MIB [FILE]\n");
        return 2;
    }
    size = strtoul(argv[2], NULL, 10) * MIB;
    seed = calloc(size / PAGE, sizeof *seed);
    make(argv[1], argc > 3 ? argv[3] : NULL);
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("READY %lx %zu\n", (unsigned long)memory, size);
    while (fgets(line, sizeof line, stdin)) {
        answer(line);
    }
    return 0;
}
