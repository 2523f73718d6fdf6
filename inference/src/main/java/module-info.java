import org.jspecify.annotations.NullMarked;

/** Foresight: features, ONNX forecasters, fallback and task demand. */
@NullMarked
module org.foreshape.inference {
    requires static transitive org.jspecify;
    requires transitive org.foreshape.ring;
    requires com.microsoft.onnxruntime;
    requires tools.jackson.databind;

    exports org.foreshape.inference;
    exports org.foreshape.inference.evaluate;
    exports org.foreshape.inference.horizon;
    exports org.foreshape.inference.task;
    exports org.foreshape.inference.trace;
}
