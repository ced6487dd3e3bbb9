export * as React from "react";
