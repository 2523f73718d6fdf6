// A process with memory whose every word is known: `memhold MIB [huge]`.
//
// It prints `READY pid=N start=HEX bytes=N` and answers each line on stdin with one line:
//   sum        check every word                       -> sum bad=N
//   load       start rewriting random pages           -> load
//   calm       stop that, check every word            -> sum bad=N
//   read N     read one word of the first N MiB       -> read
//   drop N     give the first N MiB back (DONTNEED), every 4 KiB on its own -> drop
//   fill N     write the first N MiB anew             -> fill
// It ends at the end of stdin.
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <signal.h>
#include <unistd.h>

enum { PAGE = 4096, WORDS = PAGE / 8 };

static volatile uint64_t *memory;
static uint32_t *generation; // 0: dropped, and so all zero
static size_t page_count;
static atomic_int loading;
static atomic_long bad;

static uint64_t mix(uint64_t x) {
    x ^= x >> 33;
    x *= 0xff51afd7ed558ccdULL;
    x ^= x >> 33;
    x *= 0xc4ceb9fe1a85ec53ULL;
    return x ^ (x >> 33);
}

static uint64_t word(size_t page, size_t at) {
    return generation[page] == 0 ? 0 : mix(((uint64_t)generation[page] << 40) ^ (page * WORDS + at));
}

static void check(size_t page) {
    for (size_t at = 0; at < WORDS; at++)
        if (memory[page * WORDS + at] != word(page, at)) atomic_fetch_add(&bad, 1);
}

static void fill(size_t page) {
    generation[page]++;
    for (size_t at = 0; at < WORDS; at++) memory[page * WORDS + at] = word(page, at);
}

static void *load(void *unused) {
    uint64_t seed = 1;
    while (atomic_load(&loading)) {
        seed = mix(seed + 0x9e3779b97f4a7c15ULL);
        size_t page = seed % page_count;
        check(page);
        fill(page);
    }
    return unused;
}

static void sum(void) {
    for (size_t page = 0; page < page_count; page++) check(page);
    printf("sum bad=%ld\n", atomic_load(&bad));
}

int main(int argc, char **argv) {
    prctl(PR_SET_PDEATHSIG, SIGKILL); // never outlives the test
    size_t bytes = (argc > 1 ? strtoull(argv[1], NULL, 10) : 64) << 20;
    page_count = bytes / PAGE;
    char *raw = mmap(NULL, bytes + (4 << 20), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *start = (char *)(((uintptr_t)raw + (2 << 20)) & ~(uintptr_t)((2 << 20) - 1));
    // Guard pages stay on both sides, so that the range is one mapping of its own.
    memory = mmap(start, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    generation = calloc(page_count, sizeof *generation);
    if (raw == MAP_FAILED || memory == MAP_FAILED || !generation) return 1;
    if (argc > 2 && strcmp(argv[2], "huge") == 0) madvise(start, bytes, MADV_HUGEPAGE);
    if (argc > 2 && strcmp(argv[2], "small") == 0) madvise(start, bytes, MADV_NOHUGEPAGE);
    for (size_t page = 0; page < page_count; page++) fill(page);
    printf("READY pid=%d start=%lx bytes=%zu\n", getpid(), (unsigned long)start, bytes);
    fflush(stdout);

    char line[64];
    pthread_t loader;
    while (fgets(line, sizeof line, stdin)) {
        unsigned long mib = 0;
        if (strcmp(line, "sum\n") == 0) {
            sum();
        } else if (strcmp(line, "load\n") == 0 && !atomic_load(&loading)) {
            atomic_store(&loading, 1);
            if (pthread_create(&loader, NULL, load, NULL)) return 1;
            puts("load");
        } else if (strcmp(line, "calm\n") == 0 && atomic_load(&loading)) {
            atomic_store(&loading, 0);
            pthread_join(loader, NULL);
            sum();
        } else if (sscanf(line, "read %lu", &mib) == 1) {
            for (size_t page = 0; page < (mib << 8) && page < page_count; page++) (void)memory[page * WORDS];
            puts("read");
        } else if (sscanf(line, "drop %lu", &mib) == 1) {
            for (size_t page = 0; page < (mib << 8) && page < page_count; page++) {
                madvise(start + page * PAGE, PAGE, MADV_DONTNEED);
                generation[page] = 0;
            }
            puts("drop");
        } else if (sscanf(line, "fill %lu", &mib) == 1) {
            for (size_t page = 0; page < (mib << 8) && page < page_count; page++) fill(page);
            puts("fill");
        } else {
            puts("what?");
        }
        fflush(stdout);
    }
    return 0;
}
