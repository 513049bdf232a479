// Captures and queries with epcis2.js as its users do; what was found goes to stdout as JSON.
// node epcis_client.cjs URL KEY
const epcis = require("epcis2.js");

const [url, key] = process.argv.slice(2);
const headers = { Authorization: `Bearer ${key}` };
epcis.setup({ apiUrl: `${url}/epcis`, headers: { "content-type": "application/json", ...headers } });

const event = new epcis.ObjectEvent()
  .setEventID("urn:uuid:2a6d1fd0-5ba4-4b3f-8d2a-0c6b1e5f7a11")
  .setEventTime("2026-11-20T08:00:00.000+08:00")
  .setEventTimeZoneOffset("+08:00")
  .addEPC("urn:epc:id:sgtin:4012345.011111.9876")
  .setAction(epcis.cbv.actionTypes?.observe ?? "OBSERVE")
  .setBizStep("inspecting")
  .setDisposition("in_progress")
  .setReadPoint(new epcis.ReadPoint().setId("urn:epc:id:sgln:4012345.00005.0"))
  .addExtension("example:temperatureNote", "cold");

const document = new epcis.EPCISDocument()
  .setContext(["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", { example: "http://ns.example.com/epcis/" }])
  .setCreationDate("2026-11-20T08:01:00.000+08:00")
  .addEvent(event);

async function finished(address) {
  for (;;) {
    const job = await (await fetch(address, { headers })).json();
    if (!job.running) return job;
    await new Promise((again) => setTimeout(again, 20));
  }
}

async function query(parameters) {
  const answer = await fetch(`${url}/epcis/events?${new URLSearchParams(parameters)}`, { headers });
  const found = await answer.json();
  return found.epcisBody.queryResults.resultsBody.eventList.map((one) => epcis.objectToEvent(one).toObject());
}

(async () => {
  const accepted = await epcis.capture(document);
  const job = await finished(accepted.headers.get("location"));
  console.log(
    JSON.stringify({
      status: accepted.status,
      job,
      sent: event.toObject(),
      hash: epcis.eventToHashedId(event.toObject(), document.toObject()["@context"]),
      byThing: await query({ MATCH_epc: "https://id.gs1.org/01/04012345111118/21/9876" }),
      byStep: await query({ EQ_bizStep: "inspecting", eventType: "ObjectEvent" }),
      byField: await query({ "EQ_http://ns.example.com/epcis/temperatureNote": "cold" }),
      byOther: await query({ EQ_bizStep: "shipping" }),
    }),
  );
})();
