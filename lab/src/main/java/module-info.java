import org.jspecify.annotations.NullMarked;

/** Real guests for tests and benchmarks: a private libvirtd, kernels, workloads. */
@NullMarked
module org.foreshape.lab {
    requires static transitive org.jspecify;

    exports org.foreshape.lab;
}
