/*
 * first_touch: how fast a process of the host can touch memory, and a place where another one can make it resident.
 *
 *   first_touch MIB
 *
 * It maps private memory twice, once as it comes and once marked for huge pages as QEMU marks a guest's, says
 * "READY ADDRESS BYTES ADDRESS_OF_MARKED", then answers requests:
 *
 *   touch      write one byte of every page                          ns N
 *   memset C   write every byte                                      ns N
 *   discard    give both back to the host, then write one page each  ok
 *   huge       write one byte of every page of the marked memory     ns N
 *   hold MIB   have other memory resident, in huge pages             ok
 *   give       give half of that to the host                         ok MIB
 *   take       have all of it resident again                         ok
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static const size_t PAGE = 4096, HUGE = 2 << 20;

static long now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000L + t.tv_nsec;
}

static char *map(size_t size)
{
    char *room = mmap(NULL, size + HUGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room == MAP_FAILED) {
        perror("mmap");
        exit(2);
    }
    return (char *)(((size_t)room + HUGE - 1) / HUGE * HUGE);
}

static char *map_huge(size_t size)
{
    char *memory = map(size);
    madvise(memory, size, MADV_HUGEPAGE);
    return memory;
}

static long touch_ns(char *memory, size_t size)
{
    long start_ns = now_ns();
    for (size_t at = 0; at < size; at += PAGE) {
        ((volatile char *)memory)[at] = 1;
    }
    return now_ns() - start_ns;
}

struct frame {
    uint64_t number; /* of 2 MiB, in the machine's memory */
    size_t at;
};

static int by_number(const void *a, const void *b)
{
    uint64_t x = ((const struct frame *)a)->number, y = ((const struct frame *)b)->number;
    return x < y ? -1 : x > y;
}

/*
 * Gives one of each two huge pages that are neighbours in the machine's memory, 4 MiB together. Its neighbour stays, so
 * the kernel cannot join it to a larger block, puts it first in the list of its size, and hands it out next. Neighbours
 * in a process's memory need not be neighbours in the machine's.
 */
static size_t give(char *held, size_t size)
{
    size_t count = size / HUGE, found = 0, given = 0;
    struct frame *frames = malloc(count * sizeof *frames);
    int map = open("/proc/self/pagemap", O_RDONLY);
    for (size_t i = 0; i < count; i++) {
        uint64_t entry = 0;
        off_t at = (off_t)((uintptr_t)(held + i * HUGE) / PAGE * sizeof entry);
        if (pread(map, &entry, sizeof entry, at) == sizeof entry && entry >> 63) {
            uint64_t page = entry & ((1ull << 55) - 1);
            /* Zero where we may not know it; a frame of small pages need not begin where a huge one would. */
            if (page != 0 && page % (HUGE / PAGE) == 0) {
                frames[found++] = (struct frame){page / (HUGE / PAGE), i * HUGE};
            }
        }
    }
    close(map);
    qsort(frames, found, sizeof *frames, by_number);
    for (size_t i = 0; i + 1 < found; i++) {
        if (frames[i].number % 2 == 0 && frames[i + 1].number == frames[i].number + 1) {
            madvise(held + frames[i].at, HUGE, MADV_DONTNEED);
            given += HUGE;
            i++;
        }
    }
    free(frames);
    return given;
}

/* Anew and at once, so that most of it is of blocks of 4 MiB again. */
static void take(char *held, size_t size)
{
    madvise(held, size, MADV_DONTNEED);
    touch_ns(held, size);
}

int main(int argc, char **argv)
{
    size_t size = argc > 1 ? strtoul(argv[1], NULL, 10) << 20 : 0;
    char line[64];
    if (size == 0) {
        fprintf(stderr, "usage: first_touch MIB\n");
        return 2;
    }
    char *memory = map(size), *marked = map_huge(size), *held = NULL;
    size_t held_size = 0;
    /* The page that stays: the kernel collapses nothing in memory that was never written. */
    memory[size - 1] = marked[size - 1] = 1;
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("READY %lx %zu %lx\n", (unsigned long)memory, size, (unsigned long)marked);
    while (fgets(line, sizeof line, stdin)) {
        if (!strncmp(line, "touch", 5)) {
            printf("ns %ld\n", touch_ns(memory, size));
        } else if (!strncmp(line, "memset", 6)) {
            long start_ns = now_ns();
            memset(memory, line[7], size);
            printf("ns %ld\n", now_ns() - start_ns);
        } else if (!strncmp(line, "discard", 7)) {
            madvise(memory, size, MADV_DONTNEED);
            madvise(marked, size, MADV_DONTNEED);
            memory[size - 1] = marked[size - 1] = 1;
            printf("ok\n");
        } else if (!strncmp(line, "huge", 4)) {
            printf("ns %ld\n", touch_ns(marked, size));
        } else if (!strncmp(line, "hold ", 5) && !held) {
            held_size = strtoul(line + 5, NULL, 10) << 20;
            held = map_huge(held_size);
            touch_ns(held, held_size);
            printf("ok\n");
        } else if (!strncmp(line, "give", 4) && held) {
            printf("ok %zu\n", give(held, held_size) >> 20);
        } else if (!strncmp(line, "take", 4) && held) {
            take(held, held_size);
            printf("ok\n");
        } else {
            printf("error\n");
        }
    }
    return 0;
}
