/** The API page: swagger-ui on the service's own /openapi.json, nothing loaded from elsewhere. */
import SwaggerUI from "swagger-ui-dist/swagger-ui-es-bundle.js";
import "swagger-ui-dist/swagger-ui.css";
import "./styles/docs.css";

SwaggerUI({
  url: "/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  displayRequestDuration: true,
  validatorUrl: null, // the default sends the description to an outside checker
  supportedSubmitMethods: ["get", "put", "post", "delete", "patch"],
});
